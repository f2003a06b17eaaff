import { afterAll, beforeAll, expect, it } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { Client } from '../../src/server/index.js'
import { sendForm } from '../contract/http.js'
import {
  ALICE,
  BASE_URL,
  BOB,
  createApplication,
  registrationAt,
  signedIn,
  startLogto,
} from './support/application.js'
import { codeOf } from './support/attack.js'

const MACHINE = {
  id: 'm2m',
  name: 'API',
  type: 'MachineToMachine',
  secret: 'm2m-secret',
  managementApi: true,
} as const

let logto: EmbeddedLogto
let client: Client
beforeAll(async () => {
  const { applications = [], ...registration } = registrationAt([BASE_URL])
  logto = await startLogto({ ...registration, applications: [...applications, MACHINE] })
  client = new Client(logto.url, MACHINE.id, MACHINE.secret, BASE_URL)
})
afterAll(() => logto.close())

const call = async (browser: Awaited<ReturnType<typeof signedIn>>) =>
  codeOf(await browser.post(`${BASE_URL}/interaction/greet`))

it('refuses who was suspended in mid-sign-in, and every renewed token', async () => {
  // The released Logto renews for such a person (released/refresh-of-token-got-after-suspension.json): so does this one, which
  // says so of the user alone.
  const suspended = new Set<string>()
  const users = {
    getUser: async (id: string) => {
      const user = await client.getUser(id)
      return user && { ...user, isSuspended: suspended.has(user.username ?? '') }
    },
  }
  // A leeway as long as the token lives: every call renews it.
  const application = createApplication(logto.url, { users, expiryLeewaySeconds: 3_600 })
  const [alice, bob] = [await signedIn(application, ALICE), await signedIn(application, BOB)]
  suspended.add(ALICE.username)
  expect(await call(alice)).toBe('403 user_suspended')
  expect(await call(alice)).toBe('403 user_suspended')
  expect(await call(bob)).toBe('200')
  suspended.add(BOB.username)
  expect(await call(bob)).toBe('403 user_suspended')
})

it('a sign-out ends the refresh token at Logto', async () => {
  const revoked: string[] = []
  const spy: typeof fetch = async (input, init) => {
    if (String(input).endsWith('/oidc/token/revocation')) revoked.push(String(init?.body))
    return fetch(input, init)
  }
  const application = createApplication(logto.url, { fetch: spy })
  logto.state.users.create({ username: 'carol', password: 'correct-horse-3' })
  const browser = await signedIn(application, { username: 'carol', password: 'correct-horse-3' })
  await browser.post(`${BASE_URL}/auth/sign-out`)
  const refreshToken = new URLSearchParams(revoked[0]).get('token') ?? ''
  const authorization = `Basic ${btoa('traditional-app:traditional-secret')}`
  const refresh = { grant_type: 'refresh_token', refresh_token: refreshToken }
  const answer = await sendForm(`${logto.url}/oidc/token`, refresh, { authorization })
  expect(answer).toMatchObject({ status: 400, fields: { error: 'invalid_grant' } })
  expect(refreshToken).not.toBe('')
})
