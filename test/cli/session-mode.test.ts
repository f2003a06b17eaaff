import { writeFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sessionChecks } from '../../src/cli/doctor/session-checks.js'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { freePort } from '../support/free-port.js'
import type { FakeHost } from './fake-host.js'
import { startManagedLogto } from './managed-logto.js'

let logto: EmbeddedLogto
let host: FakeHost

beforeEach(async () => {
  ;({ logto, host } = await startManagedLogto())
  await writeFile(host.path('package.json'), '{"name":"friends"}')
})
afterEach(async () => {
  await logto.close()
  await host.remove()
})

const web = () => [...logto.state.applications.values()].find(({ type }) => type === 'Traditional')
const env = async () => parseEnv(await host.readEnv())
/** What doctor says of the session's own checks. */
const sessionFindings = async () => {
  const ids = ['web-application', 'web-secret', 'redirect-uris', 'backchannel-logout', 'cookie-secret']
  const { checks } = await host.doctor()
  return Object.fromEntries(checks.filter(({ id }) => ids.includes(id)).map(({ id, status }) => [id, status]))
}
const ALL_OK = {
  'web-application': 'ok',
  'web-secret': 'ok',
  'redirect-uris': 'ok',
  // Registered, but on loopback, where Logto posts nothing unless it is told to.
  'backchannel-logout': 'warning',
  'cookie-secret': 'ok',
}

describe('setup --login session', () => {
  it('makes a traditional web application instead of a single-page one, and secrets for .env', async () => {
    const result = await host.setup('--login', 'session')
    expect(result.steps.map(({ subject, action }) => `${action} ${subject}`)).toContain(
      'create Web application',
    )
    expect([...logto.state.applications.values()].some(({ type }) => type === 'SPA')).toBe(false)
    expect(web()).toMatchObject({
      name: 'friends (web)',
      oidcClientMetadata: {
        redirectUris: ['http://127.0.0.1:5173/auth/callback'],
        postLogoutRedirectUris: ['http://127.0.0.1:5173/'],
        backchannelLogoutUri: 'http://127.0.0.1:4000/auth/back-channel-logout',
        backchannelLogoutSessionRequired: true,
      },
    })
    const { COOKIE_SECRET = '', ...values } = await env()
    expect(values).toMatchObject({
      LOGIN_MODE: 'session',
      LOGTO_WEB_APP_ID: web()?.id,
      LOGTO_WEB_APP_SECRET: web()?.secrets[0]?.value,
    })
    expect(COOKIE_SECRET.length).toBeGreaterThanOrEqual(32)
    expect(host.transcript).not.toContain(COOKIE_SECRET)
    expect(host.transcript).not.toContain(values.LOGTO_WEB_APP_SECRET)
    expect(await sessionFindings()).toEqual(ALL_OK)
  })

  it('changes nothing at the second run, and completes what somebody took away', async () => {
    await host.setup('--login', 'session')
    const before = await host.readEnv()
    expect((await host.setup()).steps.map(({ action }) => action)).toEqual(['keep', 'keep', 'keep', 'keep'])
    expect(await host.readEnv()).toBe(before)

    Object.assign(web()?.oidcClientMetadata ?? {}, {
      redirectUris: ['http://elsewhere.localhost/'],
      backchannelLogoutUri: undefined,
    })
    web()?.secrets.splice(0)
    expect(await sessionFindings()).toEqual({
      ...ALL_OK,
      'web-secret': 'failure',
      'redirect-uris': 'failure',
      'backchannel-logout': 'warning',
    })
    const [step] = (await host.setup()).steps
    expect(step?.details).toEqual([
      'redirect URI http://127.0.0.1:5173/auth/callback',
      'backchannel logout URI http://127.0.0.1:4000/auth/back-channel-logout, with the session',
      'a new secret',
    ])
    expect(web()?.oidcClientMetadata.redirectUris).toContain('http://elsewhere.localhost/')
    expect(await sessionFindings()).toEqual(ALL_OK)
    // The one who signs cookies stays: another one would sign everybody out.
    expect((await env()).COOKIE_SECRET).toBe(parseEnv(before).COOKIE_SECRET)
  })

  it('goes back to tokens when told to', async () => {
    await host.setup('--login', 'session')
    await host.setup('--login', 'token')
    expect(await env()).toMatchObject({ LOGIN_MODE: 'token', LOGTO_SPA_APP_ID: expect.any(String) })
    expect(await sessionFindings()).toEqual({ 'redirect-uris': 'ok' })
  })

  it('knows no third way', async () => {
    await expect(host.setup('--login', 'cookies')).rejects.toThrow('value_invalid')
  })
})

describe('doctor with LOGIN_MODE=session', () => {
  it('says what is missing before anything is set up', async () => {
    await host.setup()
    host.env.LOGIN_MODE = 'session'
    const { checks } = await host.doctor()
    expect(checks.find(({ id }) => id === 'web-application')).toMatchObject({
      status: 'failure',
      found: 'it is not set',
      remedy: 'npx interaqt-logto setup',
    })
    expect(checks.find(({ id }) => id === 'redirect-uris')).toMatchObject({
      status: 'skipped',
      because: 'web-application',
    })
    expect(checks.some(({ id }) => id === 'api-cors' || id === 'spa-application')).toBe(false)
  })

  const faults: [check: string, how: string, fault: () => unknown, remedy: string][] = [
    ['web-application', 'it was deleted', () => logto.state.applications.delete(web()?.id ?? ''), 'setup'],
    [
      'web-secret',
      'Logto knows another one',
      () => {
        for (const secret of web()?.secrets ?? []) secret.value = 'another-secret-0123456789'
      },
      'setup',
    ],
    [
      'web-secret',
      'it has expired',
      () => {
        for (const secret of web()?.secrets ?? []) secret.expiresAt = Date.now() - 1000
      },
      'setup',
    ],
    ['web-secret', 'it is not set', () => unset('LOGTO_WEB_APP_SECRET'), 'setup'],
    [
      'redirect-uris',
      'another page is registered',
      () => metadata().redirectUris.splice(0, 1, 'http://elsewhere.localhost/'),
      'Redirect URIs',
    ],
    [
      'backchannel-logout',
      'Logto tells somebody else',
      () => {
        metadata().backchannelLogoutUri = 'http://elsewhere.localhost/'
      },
      'Backchannel logout',
    ],
    [
      'backchannel-logout',
      'it does not name the session',
      () => {
        metadata().backchannelLogoutSessionRequired = false
      },
      'Backchannel logout',
    ],
    ['cookie-secret', 'it is not set', () => unset('COOKIE_SECRET'), 'setup'],
    ['cookie-secret', 'it is too short', () => unset('COOKIE_SECRET', 'COOKIE_SECRET=short'), 'setup'],
  ]
  const metadata = () => {
    const application = web()
    if (!application) throw new Error('no web application')
    return application.oidcClientMetadata
  }
  const unset = async (name: string, line = '') =>
    host.writeEnv((await host.readEnv()).replace(new RegExp(`^${name}=.*$`, 'm'), line))
  const problems = async () => {
    const { checks } = await host.doctor()
    return checks.filter(({ status }) => status === 'failure' || status === 'warning')
  }

  // The API is on loopback, and does not run.
  const USUAL = ['backchannel-logout', 'api']
  const isAboutLoopback = ({ found }: { found?: string }) => found?.endsWith(', a private address')

  it('warns that Logto posts nothing to an API on loopback, with the variable to set', async () => {
    await host.setup('--login', 'session')
    const warned = (await problems()).filter(isAboutLoopback)
    expect(warned).toMatchObject([
      {
        id: 'backchannel-logout',
        status: 'warning',
        remedy: expect.stringContaining('OIDC_PROVIDER_SSRF_PROTECTION_DISABLED=true'),
      },
    ])
  })

  it.each(faults)(
    '%s fails, and nothing else, when %s; and its remedy helps',
    async (check, _, fault, remedy) => {
      // Where no API runs.
      host.env.INTERAQT_ENDPOINT = `http://127.0.0.1:${await freePort()}`
      await host.setup('--login', 'session')
      expect((await problems()).map(({ id }) => id)).toEqual(USUAL)
      await fault()
      const found = (await problems()).filter((problem) => problem.id !== 'api' && !isAboutLoopback(problem))
      expect(found).toMatchObject([{ id: check, remedy: expect.stringContaining(remedy) }])
      await host.setup()
      expect((await problems()).map(({ id }) => id)).toEqual(USUAL)
    },
  )

  it('has a test of every check of its own', () => {
    expect(new Set(faults.map(([check]) => check))).toEqual(new Set(sessionChecks.map(({ id }) => id)))
  })

  it.each([
    ['SPA', 'is of type SPA'],
    ['nowhere', 'Logto has no application'],
  ])('refuses another application: %s', async (id, found) => {
    await host.setup()
    host.env.LOGIN_MODE = 'session'
    const spa = [...logto.state.applications.values()].find(({ type }) => type === 'SPA')
    host.env.LOGTO_WEB_APP_ID = id === 'SPA' ? spa?.id : id
    const { checks } = await host.doctor()
    const check = checks.find(({ id }) => id === 'web-application')
    expect(check).toMatchObject({ status: 'failure', found: expect.stringContaining(found) })
  })
})
