import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { createTestLogto, type LogtoVersion } from '../../src/testing/index.js'
import { startLogto } from './logto.js'

const TRUSTED_DEVICES = 'urn:logto:scope:trusted_devices'

describe.each<[LogtoVersion | undefined, boolean]>([
  [undefined, false],
  ['1.42.0', false],
  ['development', true],
])('an embedded Logto of version %s', (version, isNewer) => {
  let logto: EmbeddedLogto

  beforeAll(async () => {
    logto = await startLogto({ version })
  })
  afterAll(() => logto.close())

  it.each(['openid-configuration', 'oauth-authorization-server'])('names its scopes in %s', async (name) => {
    const response = await fetch(`${logto.issuer}/.well-known/${name}`)
    const { scopes_supported: scopes }: { scopes_supported: string[] } = await response.json()
    expect(scopes.includes(TRUSTED_DEVICES)).toBe(isNewer)
    expect(scopes).toContain('urn:logto:scope:sessions')
  })

  it('answers users with the fields of that version', async () => {
    const token = await managementToken(logto)
    const response = await fetch(`${logto.url}/api/users`, { headers: { authorization: `Bearer ${token}` } })
    const users: Record<string, unknown>[] = await response.json()
    expect(users.length).toBeGreaterThan(0)
    for (const user of users) expect('cimdClientId' in user).toBe(isNewer)
  })
})

describe('createTestLogto', () => {
  it('is the release unless the option says otherwise', async () => {
    const scopesOf = async (version?: LogtoVersion) => {
      const logto = await createTestLogto({ version })
      const response = await logto.fetch(`${logto.issuer}/.well-known/openid-configuration`)
      const { scopes_supported: scopes }: { scopes_supported: string[] } = await response.json()
      return scopes
    }
    expect(await scopesOf()).not.toContain(TRUSTED_DEVICES)
    expect(await scopesOf('development')).toContain(TRUSTED_DEVICES)
  })

  it('sends webhooks with the fields of that version', async () => {
    for (const [version, isNewer] of [
      ['1.42.0', false],
      ['development', true],
    ] as const) {
      const logto = await createTestLogto({ version })
      for (const name of ['User.Created', 'PostSignIn'] as const) {
        const { body } = logto.webhook(name)
        expect([version, name, body.includes('cimdClientId')]).toEqual([version, name, isNewer])
      }
    }
  })

  it('names the versions that it knows', async () => {
    // @ts-expect-error -- as JavaScript, or a value of the environment, would hand it over
    await expect(createTestLogto({ version: '1.41.0' })).rejects.toThrow(
      /version.*one of 1\.42\.0, development/,
    )
  })
})

async function managementToken({ issuer }: EmbeddedLogto): Promise<string> {
  const form = {
    grant_type: 'client_credentials',
    client_id: 'machine',
    client_secret: 'machine-secret',
    resource: 'https://default.logto.app/api',
    scope: 'all',
  }
  const response = await fetch(`${issuer}/token`, { method: 'POST', body: new URLSearchParams(form) })
  const { access_token: token }: { access_token: string } = await response.json()
  return token
}
