import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { linkPackage } from '../../examples/link-package.js'
import { createProgressBar } from '../../examples/starter/server/progress-bar.js'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import type { ReconcileProgress } from '../../src/interaqt/index.js'
import { addHook } from '../../src/testing/seed/seed.js'
import { userInApi } from '../../src/testing/state/users.js'
import { freePort } from '../support/free-port.js'
import { createDatabase, type TestDatabase } from '../support/postgres.js'

const STARTER = fileURLToPath(new URL('../../examples/starter', import.meta.url))

const SIGNING_KEY = 'signing-key-of-the-starter'

describe('the starter makes up for lost webhooks', () => {
  let logto: EmbeddedLogto
  let database: TestDatabase
  let environment: Record<string, string>

  beforeAll(async () => {
    await linkPackage()
    logto = await startEmbeddedLogto({
      port: 0,
      log: () => {},
      resources: [{ indicator: 'http://127.0.0.1:4000/interaction' }],
      applications: [
        { id: 'friends-api', name: 'API', type: 'MachineToMachine', secret: 'secret', managementApi: true },
      ],
    })
    for (let index = 0; index < 250; index++) logto.state.users.create({ username: `user_${index}` })
    const { host, port, user, password } = inject('postgres')
    database = await createDatabase(inject('postgres'))
    environment = {
      LOGTO_ENDPOINT: logto.url,
      LOGTO_M2M_APP_ID: 'friends-api',
      LOGTO_M2M_APP_SECRET: 'secret',
      LOGTO_WEBHOOK_SIGNING_KEY: SIGNING_KEY,
      INTERAQT_ENDPOINT: 'http://127.0.0.1:4000',
      DATABASE_URL: `postgresql://${user}:${password}@${host}:${port}/${database.name}`,
    }
    // Where nothing is built yet, this builds.
  }, 180_000)
  afterAll(async () => {
    await logto?.close()
    await database?.drop()
  })

  const reconcile = (...args: string[]) => run(args, environment)

  describe('by hand: npm run reconcile', () => {
    it('imports the users of a Logto that was there first', async () => {
      expect(await reconcile()).toEqual({
        exitCode: 0,
        stdout: expect.stringMatching(
          /^250 users in .* and 3 requests: 0 unchanged; created 250, updated 0, .*; failed 0\n$/,
        ),
        // A bar is for terminals: a log gets lines without control characters.
        stderr: expect.stringMatching(
          /^(?:\d+ % of 250 users, \d+ s left; \d+ repaired\n)+250 users compared, [\w ]+; 250 repaired\n$/,
        ),
      })
    })

    it('draws a bar with percent and remaining time on a terminal', async () => {
      const { exitCode, stderr } = await run(['--dry-run'], environment, { isTerminal: true })
      expect(exitCode).toBe(0)
      const lines = stderr.split('\r\u001b[K')
      expect(lines[1]).toMatch(/^█+░* \d+ % of 250 users, \d+ s left; 0 repaired$/)
      expect(lines).toContain(`${'█'.repeat(30)} 100 % of 250 users, 0 s left; 0 repaired`)
      // The bar is gone at the end.
      expect(lines.at(-1)).toBe('')
    })

    it('lists what differs, without a personal word', async () => {
      const [user] = logto.state.users.newestFirst()
      if (!user) throw new Error('no users')
      logto.state.users.update(user, { name: 'Somebody Else' })
      const dry = await reconcile('--dry-run')
      expect(dry.stdout).toMatch(new RegExp(`${user.id}.*update`))
      expect(dry.stdout).toContain('249 unchanged; to be created 0, updated 1,')
      expect(dry.stdout).not.toContain('Somebody Else')
    })

    it('refuses to mark many as deleted, says how to insist, and exits with 1', async () => {
      const gone = [...logto.state.users.newestFirst()].slice(0, 20)
      for (const { id } of gone) logto.state.users.delete(id)
      const refused = await reconcile()
      expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
      expect(refused.stderr).toContain('allowMassDeletion')
      expect((await reconcile('--allow-mass-deletion')).stdout).toContain('deleted 20;')
    })
  })

  it('by itself, when the API starts: it replays what failed while it was down', async () => {
    const port = await freePort()
    const hook = addHook(logto.state, {
      url: `http://127.0.0.1:${port}/api/syncUser`,
      signingKey: SIGNING_KEY,
    })
    const user = logto.state.users.create({ username: 'missed' })
    const createdAt = new Date(logto.state.now()).toISOString()
    logto.state.deliveries.trigger('User.Created', {
      event: 'User.Created',
      createdAt,
      data: userInApi(user),
    })
    await logto.state.deliveries.settled()
    const env = { ...process.env, ...environment, LOGTO_WEBHOOK_ID: hook.id, PORT: String(port) }
    const api = spawn(process.execPath, ['--import', 'tsx', 'server.ts'], {
      cwd: STARTER,
      env,
      stdio: 'ignore',
    })
    const ended = once(api, 'exit')
    try {
      await vi.waitUntil(
        async () => {
          const [cursor] = await database
            .query('SELECT count(*)::int AS n FROM "LogtoSyncCursor"')
            .catch(() => [])
          // The replay's, the reconcile's and that of the event rows' retention.
          return cursor?.n === 3
        },
        { timeout: 50_000 },
      )
      const [row] = await database.query('SELECT count(*)::int AS n FROM "User"')
      expect(row).toEqual({ n: 251 })
    } finally {
      api.kill('SIGTERM')
    }
    expect(await ended).toEqual([0, null])
  })
})

describe('the progress bar', () => {
  const draw = (isTTY: boolean, ...progress: Partial<ReconcileProgress>[]) => {
    let drawn = ''
    const bar = createProgressBar({ isTTY, write: (text) => (drawn += text) })
    const nothing = { created: 0, updated: 0, suspended: 0, deleted: 0, unchanged: 0, failed: 0, requests: 0 }
    for (const step of progress) {
      bar.show({ ...nothing, ms: 0, phase: 'users', scanned: 0, total: undefined, ...step })
    }
    bar.clear()
    return drawn.replaceAll('\r\u001b[K', '|')
  }

  it('shows the share that is done and the time that is left, on one line that it clears', () => {
    expect(draw(true, { scanned: 5_000, total: 20_000, created: 3, updated: 4, ms: 12_000 })).toBe(
      `|${'█'.repeat(8)}${'░'.repeat(22)} 25 % of 20000 users, 36 s left; 7 repaired|`,
    )
    expect(draw(true, { scanned: 1_000, total: 20_000, ms: 12_000 })).toContain(
      ' 5 % of 20000 users, 4 min left;',
    )
    // Users came while it ran.
    expect(draw(true, { scanned: 110, total: 100, failed: 1 })).toContain(
      '100 % of 100 users, 0 s left; 0 repaired, 1 failed',
    )
  })

  it('shows a count where Logto has not counted', () => {
    expect(draw(true, { scanned: 300 })).toBe('|300 users; 0 repaired|')
  })

  it('says when it looks for deleted users', () => {
    expect(draw(true, { phase: 'deletions', scanned: 100, total: 100 })).toBe(
      '|100 users compared, looking for deleted ones; 0 repaired|',
    )
  })

  it('writes a line for each tenth into a log', () => {
    const users = (scanned: number) => ({ scanned, total: 1_000, ms: scanned * 10 })
    const deletions = { phase: 'deletions', scanned: 200, total: 1_000 } as const
    expect(draw(false, users(100), users(150), users(200), deletions, deletions)).toBe(
      '10 % of 1000 users, 9 s left; 0 repaired\n' +
        '20 % of 1000 users, 8 s left; 0 repaired\n' +
        '200 users compared, looking for deleted ones; 0 repaired\n',
    )
    expect(draw(false, { scanned: 100 }, { scanned: 9_900 }, { scanned: 10_000 })).toBe(
      '100 users; 0 repaired\n10000 users; 0 repaired\n',
    )
  })
})

function run(args: string[], environment: Record<string, string>, { isTerminal = false } = {}) {
  return new Promise<{ exitCode: number; stdout: string; stderr: string }>((resolve) => {
    const env = { ...process.env, NODE_NO_WARNINGS: '1', NO_COLOR: '1', ...environment }
    const terminal = ['--import', 'data:text/javascript,process.stderr.isTTY = true']
    const command = ['--import', 'tsx', ...(isTerminal ? terminal : []), 'reconcile.ts', ...args]
    execFile(process.execPath, command, { cwd: STARTER, env }, (error, stdout, stderr) => {
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
    })
  })
}
