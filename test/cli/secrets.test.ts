import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { parseEnv } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import type { FakeHost } from './fake-host.js'
import { startManagedLogto } from './managed-logto.js'

const MACHINE_SECRET = 'the-managers-"secret"\\0123456789'
const ON_TERMINAL = ['--verbose']

let logto: EmbeddedLogto
let host: FakeHost
let secrets: Set<string>

beforeEach(async () => {
  ;({ logto, host } = await startManagedLogto(MACHINE_SECRET))
  secrets = new Set([MACHINE_SECRET])
})
afterEach(async () => {
  await logto.close()
  await host.remove()
})

/** Runs commands in every way that they can print, and collects the secrets that there are after each. */
async function runEverything(...flags: string[]): Promise<void> {
  for (const more of [[], ['--json'], ['--verbose'], ON_TERMINAL]) {
    host.isInteractive = more === ON_TERMINAL
    host.isErrorTerminal = more === ON_TERMINAL
    await host.run('setup', '--dry-run', ...more, ...flags)
    await host.run('setup', '--yes', ...more, ...flags)
    await host.run('doctor', ...more, ...flags)
    await collect()
  }
}

async function collect(): Promise<void> {
  const applications = [...logto.state.applications.values()]
  for (const { value } of applications.flatMap((application) => application.secrets)) secrets.add(value)
  for (const { signingKey } of logto.state.hooks.values()) secrets.add(signingKey)
  const env = parseEnv(await host.readEnv().catch(() => ''))
  for (const [name, value] of Object.entries(env)) {
    if (value && /SECRET|KEY/.test(name)) secrets.add(value)
  }
}

/** Also as JSON and as URLs write them; and no token at all. */
function expectNothingSecret(): void {
  const forms = [...secrets].flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    new URLSearchParams({ secret }).toString().slice('secret='.length),
  ])
  expect(forms.filter((form) => host.transcript.includes(form))).toEqual([])
  expect(host.transcript).not.toMatch(/eyJ[\w-]{10}/)
}

describe('no secret comes out', () => {
  it.each(['token', 'session'])('of setup and doctor, with LOGIN_MODE=%s', async (login) => {
    await runEverything('--login', login)
    expect(secrets.size).toBe(login === 'token' ? 3 : 5)
    expectNothingSecret()
  })

  it('when they are wrong, expired, missing or another one', async () => {
    await host.setup()
    await collect()
    for (const { secrets: ofApplication } of logto.state.applications.values()) {
      for (const secret of ofApplication) secret.expiresAt = Date.now() - 1000
    }
    for (const hook of logto.state.hooks.values()) hook.signingKey = 'a-new-signing-key-0123456789'
    await runEverything()
    host.env.LOGTO_M2M_APP_SECRET = 'a-wrong-secret-0123456789'
    host.env.LOGTO_MANAGEMENT_APP_SECRET = 'another-wrong-secret-0123456789'
    await runEverything()
    for (const name of ['LOGTO_M2M_APP_SECRET', 'LOGTO_MANAGEMENT_APP_SECRET'])
      secrets.add(host.env[name] ?? '')
    expect(host.transcript).toContain('does not accept the secret')
    expectNothingSecret()
  })

  it('when the server fails, refuses, or is none', async () => {
    await host.setup()
    logto.faults.endpoint('management', { status: 500 })
    await runEverything()
    logto.faults.clear()
    for (const { roleIds } of logto.state.applications.values()) roleIds.clear()
    await runEverything()
    await logto.close()
    await runEverything()
    expect(host.transcript).toContain('does not answer')
    expectNothingSecret()
  })

  it('when a server sends back what it was sent', async () => {
    const echo = createServer(async (request, response) => {
      const message = `${request.headers.authorization} ${decodeURIComponent(await text(request))}`
      const token = {
        access_token: 'eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJtYW5hZ2VyIiwiaWF0IjowfQ.c2lnbmF0dXJl',
        expires_in: 3600,
        scope: 'all',
      }
      const isToken = request.url === '/oidc/token'
      response.writeHead(isToken ? 200 : 422, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify(isToken ? token : { code: message, message, error: message, issuer: message }),
      )
    }).listen(0, '127.0.0.1')
    await once(echo, 'listening')
    const address = echo.address()
    host.env.LOGTO_ENDPOINT = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    host.env.LOGTO_M2M_APP_ID = 'manager'
    host.env.LOGTO_M2M_APP_SECRET = MACHINE_SECRET
    await runEverything()
    expect(host.transcript).toContain('Bearer [token]')
    expectNothingSecret()
    echo.close()
  })

  it('in a URL that is refused for having one', async () => {
    secrets.add('pass-word-0123456789')
    const url = 'https://me:pass-word-0123456789@api.example/'
    for (const flag of [
      '--logto-endpoint',
      '--interaqt-endpoint',
      '--frontend-url',
      '--hook-url',
      '--admin-endpoint',
    ]) {
      for (const command of ['setup', 'doctor']) {
        const { errors } = await host.run(command, flag, url, '--verbose')
        expect(errors).toContain('must not contain credentials')
      }
    }
    expectNothingSecret()
  })

  it('of dev, but for what everybody knows', async () => {
    secrets.add("carol's-own-password").add("dave's-own-password")
    const users = [{ username: 'carol', password: "carol's-own-password" }]
    await writeFile(host.path('users.json'), JSON.stringify(users))
    for (const how of [[], ['--verbose']]) {
      const started = new Promise<void>((resolve) => {
        host.started = resolve
      })
      const flags = ['--port', '0', '--users', 'users.json', '--state', 'logto.json']
      const exited = host.run('dev', ...flags, '--user', "dave:dave's-own-password", ...how)
      await started
      host.interrupt()
      await exited
      await host.run('dev', '--user', ":dave's-own-password", ...how)
    }
    expect(host.transcript).toContain('carol, dave')
    expect(host.transcript).toContain('must be name:password')
    expectNothingSecret()
  })
})
