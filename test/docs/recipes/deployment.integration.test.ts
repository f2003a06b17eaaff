import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../../src/embedded/index.js'
import { freePort } from '../../support/free-port.js'
import { createDatabase, type TestDatabase } from '../../support/postgres.js'
import { ROOT } from '../markdown.js'
import { type PageFiles, writePage } from '../page-files.js'

describe('the server of the recipe for deployment', () => {
  let files: PageFiles
  let logto: EmbeddedLogto
  let database: TestDatabase
  let script: string
  let environment: Record<string, string>
  const children: ChildProcess[] = []

  beforeAll(async () => {
    const port = await freePort()
    const interaqtEndpoint = `http://127.0.0.1:${port}`
    logto = await startEmbeddedLogto({
      port: 0,
      log: () => {},
      users: [{ username: 'alice' }],
      applications: [
        { id: 'm2m', name: 'API', type: 'MachineToMachine', secret: 'a-secret', managementApi: true },
      ],
      resources: [{ indicator: `${interaqtEndpoint}/interaction` }],
      hooks: [{ url: `${interaqtEndpoint}/api/syncUser`, signingKey: 'a-key-of-the-test' }],
    })
    database = await createDatabase(inject('postgres'))
    const { host, port: postgresPort, user, password } = inject('postgres')
    environment = {
      NODE_ENV: 'production',
      LOGTO_ENDPOINT: logto.url,
      LOGTO_M2M_APP_ID: 'm2m',
      LOGTO_M2M_APP_SECRET: 'a-secret',
      LOGTO_WEBHOOK_SIGNING_KEY: 'a-key-of-the-test',
      LOGTO_WEBHOOK_ID: [...logto.state.hooks.keys()][0] ?? '',
      INTERAQT_ENDPOINT: interaqtEndpoint,
      FRONTEND_URL: 'https://app.example.com',
      PORT: String(port),
      DATABASE_URL: `postgresql://${user}:${password}@${host}:${postgresPort}/${database.name}`,
    }
    files = await writePage(
      'docs/recipes/deployment.md',
      {},
      {
        'model.ts': `export * from '${ROOT}/test/docs/recipes/model.js'\n`,
      },
    )
    script = await files.build('server.ts')
  })
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL')
    await logto?.close()
    await database?.drop()
    await files?.remove()
  })

  it('installs an empty database once, keeps it from then on, and stops by itself at SIGTERM', async () => {
    const installed = await start('--install')
    expect(await installed.call('/ping')).toEqual([200, { message: 'pong' }])
    expect(await installed.call('/api/nothing', { method: 'POST' })).toMatchObject([401, {}])
    expect(await installed.users()).toEqual([])
    // Logto tells of a new user.
    const alice = logto.state.users.byIdentifier('alice')
    await updateAlice(alice?.id ?? '')
    await logto.state.deliveries.settled()
    expect(await installed.users()).toEqual([expect.arrayContaining([alice?.id, 'Alice'])])
    expect(await installed.stop()).toBe(0)

    const restarted = await start()
    expect(await restarted.users()).toEqual([expect.arrayContaining([alice?.id, 'Alice'])])
    expect(await restarted.stop()).toBe(0)
  })

  async function start(...flags: string[]) {
    const child = spawn(process.execPath, [script, ...flags], {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.push(child)
    const printed: string[] = []
    const ended = once(child, 'exit')
    const listening = new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr])
        createInterface({ input: stream }).on('line', (line) => {
          printed.push(line)
          if (line.startsWith('API on')) resolve()
        })
    })
    await Promise.race([
      listening,
      ended.then(() => Promise.reject(new Error(`It ended: ${printed.join('\n')}`))),
    ])
    return {
      call: async (path: string, init?: RequestInit) => {
        const response = await fetch(`${environment.INTERAQT_ENDPOINT}${path}`, init)
        return [response.status, await response.json()]
      },
      printed,
      // Interaqt gives columns short names of its own.
      users: async () => (await database.query('SELECT * FROM "User"')).map((row) => Object.values(row)),
      stop: async () => {
        child.kill('SIGTERM')
        return (await ended)[0]
      },
    }
  }

  async function updateAlice(id: string): Promise<void> {
    const token = await fetch(`${logto.url}/oidc/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('m2m:a-secret')}` },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        resource: 'https://default.logto.app/api',
        scope: 'all',
      }),
    })
    const { access_token } = await token.json()
    const { status } = await fetch(`${logto.url}/api/users/${id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      body: '{"name":"Alice"}',
    })
    expect(status).toBe(200)
  }
})
