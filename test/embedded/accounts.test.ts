import { afterEach, describe, expect, it } from 'vitest'
import type { EmbeddedLogto, EmbeddedLogtoOptions } from '../../src/embedded/index.js'
import { passwordDigest } from '../../src/testing/records/passwords.js'
import { Person, pkceOf } from '../contract/person.js'
import { ALICE, request, startLogto } from './logto.js'

let logto: EmbeddedLogto
afterEach(() => logto.close())

async function start(options: EmbeddedLogtoOptions = {}): Promise<void> {
  logto = await startLogto({ users: [ALICE, { username: 'no_password' }], ...options })
}

async function signInPage(parameters: Record<string, string> = {}): Promise<string> {
  const person = new Person(logto.url)
  const begun = await person.begin(request({ ...pkceOf('v'.repeat(43)), ...parameters }))
  return String((await person.visit(begun.headers.get('location') ?? '')).body)
}

describe('the accounts on the sign-in page', () => {
  it('are not shown unless asked for', async () => {
    await start()
    const page = await signInPage()
    expect(page).not.toContain('Accounts for development')
    expect(page).not.toContain(ALICE.password)
  })

  it('are those who can sign in, with their passwords', async () => {
    await start({ showAccounts: true })
    const page = await signInPage()
    expect(page).toContain('<code>alice</code>')
    expect(page).toContain(`<code>${ALICE.password}</code>`)
    expect(page).not.toContain('no_password')
  })

  it('are shown by name alone with names', async () => {
    await start({ showAccounts: 'names' })
    const page = await signInPage()
    expect(page).toContain('<code>alice</code>')
    expect(page).not.toContain(ALICE.password)
  })

  it('are not on the sign-up page', async () => {
    await start({ showAccounts: true })
    expect(await signInPage({ first_screen: 'register' })).not.toContain(ALICE.password)
  })

  it('go when the user goes, and the password when it is another', async () => {
    await start({ showAccounts: true })
    const alice = logto.state.users.byIdentifier('alice')
    if (!alice) throw new Error('no alice')
    logto.state.users.update(alice, { passwordDigest: passwordDigest('a-new-password') })
    const changed = await signInPage()
    expect(changed).toContain('<code>alice</code>')
    expect(changed).not.toContain('a-new-password')
    expect(changed).not.toContain(ALICE.password)
    logto.state.users.delete(alice.id)
    expect(await signInPage()).not.toContain('Accounts for development')
  })

  it('are escaped, and no more than ten', async () => {
    const users = Array.from({ length: 25 }, (_, index) => ({ username: `<b>${index}`, password: 'x' }))
    await start({ showAccounts: true, users })
    const page = await signInPage()
    expect(page).toContain('&lt;b&gt;9')
    expect(page).not.toContain('&lt;b&gt;10')
    expect(page).toContain('and 15 more')
  })
})
