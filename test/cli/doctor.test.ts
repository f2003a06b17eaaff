import { once } from 'node:events'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { type RunningServer, type ServerOptions, startServer } from '../../src/http/index.js'
import { Client, createParseUserId } from '../../src/server/index.js'
import { freePort } from '../support/free-port.js'
import type { FakeHost } from './fake-host.js'
import { startManagedLogto } from './managed-logto.js'

let logto: EmbeddedLogto
let host: FakeHost
let api: RunningServer | undefined
let apiPort: number

const controller = {
  findEventSourceByName: () => undefined,
  dispatch: async () => ({}),
  system: { storage: { findOne: async () => ({ id: 1 }) } },
}
const frontendUrl = 'http://127.0.0.1:5173'

beforeEach(async () => {
  ;({ logto, host } = await startManagedLogto())
  apiPort = await freePort()
  host.env.INTERAQT_ENDPOINT = `http://127.0.0.1:${apiPort}`
  await host.setup()
  await startApi()
})
afterEach(async () => {
  await api?.close({ graceMs: 0 })
  await logto.close()
  await host.remove()
})

/** (Re)starts the API with the `.env` of now. */
async function startApi(options: Partial<ServerOptions> = {}, logtoEndpoint = logto.url) {
  await api?.close({ graceMs: 0 })
  const env = parseEnv(await host.readEnv())
  const client = new Client({
    logtoEndpoint,
    interaqtEndpoint: `http://127.0.0.1:${apiPort}`,
    ...(env.LOGTO_M2M_APP_ID && { appId: env.LOGTO_M2M_APP_ID }),
    ...(env.LOGTO_M2M_APP_SECRET && { appSecret: env.LOGTO_M2M_APP_SECRET }),
    management: { retries: 0 },
  })
  // As long as it runs, so that it keeps a machine token which is good for an hour.
  if (logtoEndpoint === logto.url) await client.getManagementToken()
  api = await startServer(controller, {
    port: apiPort,
    parseUserId: createParseUserId(client),
    sync: {
      ensureUser: async () => ({ id: 1 }),
      apply: async () => 'ignored',
      checkLogto: () => client.checkManagementAccess(),
    },
    webhook: { signingKey: env.LOGTO_WEBHOOK_SIGNING_KEY, onError: () => {} },
    cors: { origin: frontendUrl },
    onError: () => {},
    ...options,
  })
}

/** Starts an API that is not ours: it answers deliveries of Logto with this status and a page. */
async function startOther(status: number) {
  await api?.close({ graceMs: 0 })
  const server = createServer(({ url = '', method }, response) => {
    response.setHeader('access-control-allow-origin', frontendUrl)
    response.setHeader('access-control-allow-headers', 'authorization')
    const answers: Record<string, number> = { '/ping': 200, '/api/syncUser': status }
    response.writeHead(method === 'OPTIONS' ? 204 : (answers[url] ?? 401)).end('<p>no')
  }).listen(apiPort, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  api = { url: `http://127.0.0.1:${apiPort}`, close }
}

const application = (type: string) => {
  const found = [...logto.state.applications.values()].find(
    (row) => row.type === type && row.id !== 'manager',
  )
  if (!found) throw new Error(`no ${type} application`)
  return found
}
const hook = () => {
  const [found] = logto.state.hooks.values()
  if (!found) throw new Error('no hook')
  return found
}
const setup = async (...flags: string[]) => void (await host.setup(...flags))
const setupAndRestart = async () => {
  await setup()
  await startApi()
}

interface Fault {
  /** The check that must fail, and no other. */
  check: string
  how: string
  break(): unknown
  /** What the remedy says, in part. */
  remedy: string
  /** Does what the remedy says. */
  mend(remedy: string): unknown
  flags?: string[]
}

const faults: Fault[] = [
  {
    check: 'logto',
    how: 'nobody listens',
    break: () => {
      host.env.LOGTO_ENDPOINT = 'http://127.0.0.1:9'
    },
    remedy: 'Start Logto',
    mend: () => {
      host.env.LOGTO_ENDPOINT = logto.url
    },
  },
  {
    check: 'logto',
    how: 'something else listens',
    break: () => {
      host.env.LOGTO_ENDPOINT = host.env.INTERAQT_ENDPOINT
    },
    remedy: 'LOGTO_ENDPOINT',
    mend: () => {
      host.env.LOGTO_ENDPOINT = logto.url
    },
  },
  {
    check: 'issuer',
    how: 'Logto has another name of its own',
    break: () => {
      host.env.LOGTO_ENDPOINT = logto.url.replace('127.0.0.1', 'localhost')
    },
    remedy: 'Set LOGTO_ENDPOINT to http://127.0.0.1',
    mend: (remedy) => {
      host.env.LOGTO_ENDPOINT = /Set LOGTO_ENDPOINT to (\S+?),/.exec(remedy)?.[1]
    },
  },
  {
    check: 'issuer',
    how: 'Logto has another name on purpose',
    break: () => {
      host.env.LOGTO_ENDPOINT = logto.url.replace('127.0.0.1', 'localhost')
    },
    remedy: 'set LOGTO_ISSUER=',
    mend: (remedy) => {
      host.env.LOGTO_ISSUER = /LOGTO_ISSUER=(\S+)/.exec(remedy)?.[1]
    },
  },
  {
    check: 'keys',
    how: 'the key set fails',
    break: () => logto.faults.endpoint('jwks', { status: 500 }),
    remedy: 'Restart Logto',
    mend: () => logto.faults.clear(),
  },
  {
    check: 'clock',
    how: "Logto's clock is a minute ahead",
    break: () => logto.faults.skewClock(60_000),
    remedy: 'NTP',
    mend: () => logto.faults.clear(),
  },
  {
    check: 'clock',
    how: 'our clock is a minute ahead',
    break: () => {
      host.clockSkewMs = 60_000
    },
    remedy: 'NTP',
    mend: () => {
      host.clockSkewMs = 0
    },
  },
  {
    check: 'm2m-secret',
    how: 'the secret was replaced',
    break: () => {
      for (const secret of application('MachineToMachine').secrets) secret.value = 'another-secret-0123456789'
    },
    remedy: 'App secrets',
    mend: setupAndRestart,
  },
  {
    check: 'm2m-secret',
    how: 'the application was deleted',
    break: () => logto.state.applications.delete(application('MachineToMachine').id),
    remedy: 'Correct the id',
    mend: setupAndRestart,
  },
  {
    check: 'm2m-secret',
    how: 'the secret is not set',
    break: async () => host.writeEnv((await host.readEnv()).replace(/^LOGTO_M2M_APP_SECRET=.*$/m, '')),
    remedy: 'interaqt-logto setup',
    mend: () => setup(),
  },
  {
    check: 'm2m-role',
    how: 'the role was taken away',
    break: () => application('MachineToMachine').roleIds.clear(),
    remedy: 'Logto Management API access',
    mend: () => setup(),
  },
  {
    check: 'spa-application',
    how: 'it was deleted',
    break: () => logto.state.applications.delete(application('SPA').id),
    remedy: 'interaqt-logto setup',
    mend: () => setup(),
  },
  {
    check: 'spa-application',
    how: 'the id is that of a machine',
    break: async () =>
      host.writeEnv((await host.readEnv()).replace(/^LOGTO_SPA_APP_ID=.*$/m, 'LOGTO_SPA_APP_ID=manager')),
    remedy: 'interaqt-logto setup',
    mend: () => setup(),
  },
  {
    check: 'redirect-uris',
    how: 'another page is registered',
    break: () => {
      application('SPA').oidcClientMetadata.redirectUris = [`${frontendUrl}/callback`]
    },
    remedy: 'Redirect URIs',
    mend: () => setup(),
  },
  {
    check: 'redirect-uris',
    how: 'no page to come back to after sign-out',
    break: () => {
      application('SPA').oidcClientMetadata.postLogoutRedirectUris = []
    },
    remedy: 'Post sign-out redirect URIs',
    mend: () => setup(),
  },
  {
    check: 'cors-origins',
    how: 'no redirect URI is of the origin of the frontend',
    flags: [
      ...['--redirect-uri', 'https://auth.example/callback'],
      ...['--post-sign-out-redirect-uri', 'https://auth.example/'],
    ],
    break: () => {
      application('SPA').oidcClientMetadata = {
        redirectUris: ['https://auth.example/callback'],
        postLogoutRedirectUris: ['https://auth.example/'],
      }
    },
    remedy: 'CORS allowed origins',
    mend: () =>
      setup(
        '--redirect-uri',
        'https://auth.example/callback',
        '--post-sign-out-redirect-uri',
        'https://auth.example/',
      ),
  },
  {
    check: 'resource',
    how: 'it has a slash too many',
    break: () => {
      for (const resource of logto.state.resources.values()) {
        if (resource.id !== 'management-api') resource.indicator += '/'
      }
    },
    remedy: 'API resources',
    mend: () => setup(),
  },
  {
    check: 'resource',
    how: 'a scope is missing',
    flags: ['--scope', 'friends:write'],
    break: () => {},
    remedy: '--scope friends:write',
    mend: () => setup('--scope', 'friends:write'),
  },
  {
    check: 'hook',
    how: 'it was deleted',
    break: () => logto.state.hooks.clear(),
    remedy: 'interaqt-logto setup',
    mend: setupAndRestart,
  },
  {
    check: 'hook-enabled',
    how: 'it is disabled',
    break: () => {
      hook().enabled = false
    },
    remedy: 'Enable webhook',
    mend: () => setup(),
  },
  {
    check: 'hook-events',
    how: 'an event is missing',
    break: () => {
      hook().events = hook().events.filter((event) => event !== 'User.Deleted')
    },
    remedy: 'Events',
    mend: () => setup(),
  },
  {
    check: 'hook-key',
    how: 'the key was regenerated',
    break: () => {
      hook().signingKey = 'a-new-signing-key-0123456789'
    },
    remedy: 'restart the API',
    mend: setupAndRestart,
  },
  {
    check: 'hook-id',
    how: 'it is that of another webhook',
    break: async () =>
      host.writeEnv((await host.readEnv()).replace(/^LOGTO_WEBHOOK_ID=.*$/m, 'LOGTO_WEBHOOK_ID=older')),
    remedy: 'interaqt-logto setup',
    mend: () => setup(),
  },
  {
    check: 'hook-id',
    how: 'it is not set',
    break: async () => host.writeEnv((await host.readEnv()).replace(/^LOGTO_WEBHOOK_ID=.*$/m, '')),
    remedy: 'interaqt-logto setup',
    mend: () => setup(),
  },
  {
    check: 'hook-delivery',
    how: 'the URL leads nowhere',
    break: () => {
      hook().config.url = 'http://127.0.0.1:9/api/syncUser'
    },
    remedy: '--hook-url',
    mend: setupAndRestart,
  },
  {
    check: 'hook-delivery',
    how: 'the API runs with an older key',
    break: async () => {
      await startApi({ webhook: { signingKey: 'an-older-key', onError: () => {} } })
    },
    remedy: 'restart it with the .env of now',
    mend: () => startApi(),
  },
  {
    check: 'hook-delivery',
    how: 'the API has no webhook route there',
    break: () => startApi({ webhook: { signingKey: 'another-key', path: '/elsewhere' } }),
    remedy: 'The API takes no webhooks at /api/syncUser: give startServer `webhook`',
    mend: () => startApi(),
  },
  ...['/api/syncUsers', '/hooks/logto'].map((path) => ({
    check: 'hook-delivery',
    how: `the path of its URL is ${path}`,
    break: () => {
      hook().config.url = `http://127.0.0.1:${apiPort}${path}`
    },
    remedy: `The API takes no webhooks at ${path}. npx interaqt-logto setup sets the URL to http://127.0.0.1:`,
    mend: () => setup(),
  })),
  {
    check: 'hook-delivery',
    how: 'something else refuses deliveries with 401',
    break: () => startOther(401),
    remedy: 'Something else than the webhook handler refused it.',
    mend: () => startApi(),
  },
  {
    check: 'hook-delivery',
    how: 'the API fails',
    break: () => startOther(500),
    remedy: 'Look into the log of the API',
    mend: () => startApi(),
  },
  {
    check: 'api-logto',
    how: 'the API runs with a secret that was deleted',
    break: async () => {
      application('MachineToMachine').secrets.splice(0)
      await setup()
    },
    remedy: 'Restart the API with the .env of now',
    mend: () => startApi(),
  },
  {
    check: 'api-logto',
    how: 'the API does not reach Logto',
    break: () => startApi({}, 'http://127.0.0.1:9'),
    remedy: 'LOGTO_ENDPOINT',
    mend: () => startApi(),
  },
  {
    check: 'failed-deliveries',
    how: 'a delivery was refused',
    break: async () => {
      logto.faults.webhooks({ fail: 1 })
      logto.state.deliveries.trigger('User.Created', { event: 'User.Created', data: { id: 'alice' } })
      await logto.state.deliveries.settled()
      logto.faults.clear()
      await new Promise((resolve) => setTimeout(resolve, 2))
    },
    remedy: 'sync.replay',
    mend: () => {},
  },
  {
    check: 'api',
    how: 'nobody listens',
    break: () => api?.close(),
    remedy: 'Start the API',
    mend: () => startApi(),
  },
  {
    check: 'api',
    how: 'Logto is taken for it',
    break: () => {
      host.env.INTERAQT_ENDPOINT = logto.url
    },
    flags: ['--resource', 'RESOURCE', '--hook-url', 'HOOK'],
    remedy: 'INTERAQT_ENDPOINT',
    mend: () => {
      host.env.INTERAQT_ENDPOINT = `http://127.0.0.1:${apiPort}`
    },
  },
  {
    check: 'api-unauthenticated',
    how: 'it lets everybody in',
    break: () => startApi({ parseUserId: () => 'anybody' }),
    remedy: 'createParseUserId',
    mend: () => startApi(),
  },
  {
    check: 'api-cors',
    how: 'it allows no other origin',
    break: () => startApi({ cors: false }),
    remedy: `cors: { origin: '${frontendUrl}' }`,
    mend: () => startApi(),
  },
  {
    check: 'api-cors',
    how: 'it allows another origin',
    break: () => startApi({ cors: { origin: 'https://other.example' } }),
    remedy: `cors: { origin: '${frontendUrl}' }`,
    mend: () => startApi(),
  },
  {
    check: 'node',
    how: 'it is too old',
    break: () => {
      host.nodeVersion = '18.20.0'
    },
    remedy: 'nvm install 22',
    mend: () => {
      host.nodeVersion = '22.0.0'
    },
  },
  {
    check: 'packages',
    how: 'interaqt is too old',
    break: () => install('interaqt', '4.9.3'),
    remedy: 'npm install "interaqt@^4.10.0"',
    mend: () => install('interaqt', '4.10.0'),
  },
  {
    check: 'env-file',
    how: 'the group can read it',
    break: () => chmod(host.path('.env'), 0o640),
    remedy: 'chmod 600 .env',
    mend: () => chmod(host.path('.env'), 0o600),
  },
  {
    check: 'packages',
    how: 'Hono trims the names of cookies',
    break: () => install('hono', '4.12.14'),
    remedy: 'npm install "hono@^4.12.15"',
    mend: () => install('hono', '4.12.15'),
  },
  {
    check: 'logto-version',
    how: 'it is older than what was measured',
    break: () => dockerRuns('1.30.0'),
    remedy: 'svhd/logto:1.42',
    mend: () => dockerRuns('1.42.0'),
  },
]

function dockerRuns(version: string): void {
  host.dockerPs = `postgres:15 5432/tcp\nsvhd/logto:${version} 0.0.0.0:${new URL(logto.url).port}->3001/tcp\n`
}

async function install(name: string, version: string): Promise<void> {
  const folder = join(host.cwd, 'node_modules', name)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, version }))
}

const problems = (checks: { id: string; status: string }[]) =>
  checks.filter(({ status }) => status === 'failure' || status === 'warning').map(({ id }) => id)

describe('doctor', () => {
  it('finds nothing wrong where setup has been, and nothing to skip', async () => {
    const { exitCode, checks } = await host.doctor('--strict')
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([])
    expect(exitCode).toBe(0)
    expect(host.writes.filter((write) => !write.startsWith('OPTIONS'))).toEqual([
      'POST /interaction/interaqt-logto-doctor',
      `POST /api/hooks/${hook().id}/test`,
    ])
  })

  it.each(faults)('$check fails, and nothing else, when $how; and its remedy helps', async (fault) => {
    const flags = (fault.flags ?? []).map((flag) =>
      flag
        .replace('RESOURCE', `http://127.0.0.1:${apiPort}/interaction`)
        .replace('HOOK', `http://127.0.0.1:${apiPort}/api/syncUser`),
    )
    await fault.break()
    const broken = await host.doctor('--strict', ...flags)
    expect(problems(broken.checks)).toEqual([fault.check])
    const found = broken.checks.find(({ id }) => id === fault.check)
    expect(found?.remedy).toContain(fault.remedy)
    expect(found?.expected && found.found).toBeTruthy()
    expect(broken.exitCode).toBe(found?.status === 'warning' ? 1 : 2)

    await fault.mend(found?.remedy ?? '')
    const since = /doctor --since (\S+)/.exec(found?.remedy ?? '')
    const mended = await host.doctor('--strict', ...flags, ...(since?.[1] ? ['--since', since[1]] : []))
    expect(mended.checks.filter(({ status }) => status !== 'ok')).toEqual([])
  })

  it('tests every check', async () => {
    const { checks } = await host.doctor()
    expect(new Set(faults.map(({ check }) => check))).toEqual(new Set(checks.map(({ id }) => id)))
  })

  it('shows people what was expected, what was found and how to mend it, in 80 columns', async () => {
    hook().events = ['User.Created']
    const { output, exitCode } = await host.run('doctor')
    expect(exitCode).toBe(2)
    expect(output).toMatch(
      /✖ Webhook events\n {4}expected {2}User\.Created, [\s\S]*?\n {4}found {5}without [\s\S]*?\n {4}remedy {4}npx /,
    )
    expect(output.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  it('warns with 0, unless it is to be strict', async () => {
    await faults.find(({ check }) => check === 'failed-deliveries')?.break()
    expect((await host.run('doctor')).exitCode).toBe(0)
    expect((await host.run('doctor', '--strict')).exitCode).toBe(1)
  })
})
