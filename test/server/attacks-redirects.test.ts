import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import { Client } from '../../src/server/index.js'
import { type RedirectingLogto, startRedirectingLogto } from '../support/redirecting-logto.js'

const RESOURCE = 'http://127.0.0.1:4000/interaction'
const MACHINE = { id: 'the-machine', secret: 'the-machines-secret' }
const ALICE = 'alice0000000'

let logto: EmbeddedLogto
let front: RedirectingLogto
let client: Client

beforeAll(async () => {
  logto = await startEmbeddedLogto({
    port: 0,
    log: () => {},
    users: [{ id: ALICE, username: 'alice', password: 'correct-horse-1' }],
    resources: [{ indicator: RESOURCE }],
    applications: [
      { ...MACHINE, name: 'M', type: 'MachineToMachine', roles: ['Logto Management API access'] },
    ],
  })
})
afterAll(() => logto.close())
beforeEach(async () => {
  front = await startRedirectingLogto(logto.url)
  client = new Client({
    logtoEndpoint: front.url,
    resource: RESOURCE,
    appId: MACHINE.id,
    appSecret: MACHINE.secret,
    management: { retries: 0 },
    keys: { cooldownMs: 0 },
  })
  return () => front.close()
})

/** A token that is good as long as its key can be had: a machine's, since nobody has to sign in for it. */
async function machineToken(): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: MACHINE.id,
    client_secret: MACHINE.secret,
    resource: RESOURCE,
  })
  const { access_token } = await (await fetch(`${logto.url}/oidc/token`, { method: 'POST', body })).json()
  return access_token
}

const verify = async () => client.verifyAccessToken(await machineToken(), { allowMachine: true })

const REQUESTS: [string, RegExp, () => Promise<unknown>][] = [
  ['for the discovery document', /openid-configuration/, verify],
  ['for the keys', /\/oidc\/jwks/, verify],
  ['for the machine token', /\/oidc\/token/, () => client.getManagementToken()],
  ['for a user', /\/api\/users\//, () => client.getUser(ALICE)],
  ['for a page of users', /\/api\/users\?/, () => client.users()[Symbol.asyncIterator]().next()],
]

describe.each([301, 302, 303, 307, 308])(
  'a redirect with status %i to a server that would answer as Logto',
  (status) => {
    it.each(REQUESTS)('is not followed by a request %s', async (_, path, request) => {
      front.status = status
      front.redirected = path
      await expect(request()).rejects.toThrow()
      expect(front.followed).toEqual([])
      front.redirected = /^$/
      await expect(request()).resolves.toBeTruthy()
    })
  },
)
