import { createStorage } from 'unstorage'
import { expect, it } from 'vitest'
import { Seal } from '../../src/session/seal.js'
import { BASE_URL, createApplication, SECRET, signedIn } from './support/application.js'
import { cookieOf } from './support/attack.js'
import { logto } from './support/logto.js'

/** Header of a sealed value: `kid` is derived from the secret together with its key. */
const headerOf = (sealed: string) =>
  JSON.parse(Buffer.from(sealed.split('.')[0] ?? '', 'base64url').toString())

it('every purpose has a key of its own: the cookie, the store, the sign-in, and each again in another application', async () => {
  const kids = new Set<string>()
  for (const appId of ['traditional-app', 'other-app']) {
    const store = createStorage()
    const application = createApplication(logto.url, { store })
    const other = createApplication(logto.url, { store, appId })
    const attempt = await other.fetch(new Request(`${BASE_URL}/auth/sign-in`))
    const [, sealed = ''] = /=([^;]+)/.exec(attempt.headers.getSetCookie()[0] ?? '') ?? []
    kids.add(headerOf(sealed).kid)
    if (appId === 'other-app') continue
    kids.add(headerOf(cookieOf(await signedIn(application))).kid)
    const [key = ''] = await store.getKeys('interaqt-logto:sessions')
    kids.add(headerOf(String(await store.getItem(key))).kid)
  }
  expect(kids.size).toBe(4)
  expect([...kids]).not.toContain(undefined)
})

it('what was sealed for one purpose is not opened for another, nor with another secret', async () => {
  const sealed = await new Seal([SECRET], 'one').seal({ id: 1 })
  expect((await new Seal([SECRET], 'one').open(sealed))?.value).toEqual({ id: 1 })
  expect(await new Seal([SECRET], 'another').open(sealed)).toBeUndefined()
  expect(await new Seal([`${SECRET}.`], 'one').open(sealed)).toBeUndefined()
})
