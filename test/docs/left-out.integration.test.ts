import { setupServer } from 'msw/node'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { RunningServer } from '../../src/http/index.js'
import { createTestLogto, type TestLogto } from '../../src/testing/index.js'
import { isLongRun } from '../support/long-run.js'
import { openPglite } from '../support/pglite.js'
import { leaveOutEach } from './left-out.js'
import { filesOf } from './markdown.js'
import { writePage } from './page-files.js'

let logto: TestLogto
let requests: ReturnType<typeof setupServer>
// One for all runs, which empty it: each start of another would cost more than the run.
const database = openPglite()
const logged: string[] = []
/** The requests to Logto that only a replay and a reconcile make. */
const TASKS = { reconcile: /\/api\/users$/, replay: /\/recent-logs$/ }
type Task = keyof typeof TASKS
const begun = new Set<Task>()

beforeAll(async () => {
  const signingKey = 'a-key-of-the-test'
  logto = await createTestLogto({
    users: [{ username: 'alice', name: 'Alice' }],
    hooks: [{ url: 'http://127.0.0.1:4000/api/syncUser', signingKey }],
  })
  requests = setupServer(...logto.handlers)
  requests.listen({ onUnhandledRequest: 'bypass' })
  requests.events.on('request:start', ({ request }) => {
    const { pathname } = new URL(request.url)
    for (const task of ['reconcile', 'replay'] as const) if (TASKS[task].test(pathname)) begun.add(task)
  })
  process.setMaxListeners(200) // of SIGTERM, one for each start of the guide's server
  vi.stubEnv('LOGTO_ENDPOINT', logto.endpoint)
  vi.stubEnv('LOGTO_M2M_APP_ID', logto.machine.appId)
  vi.stubEnv('LOGTO_M2M_APP_SECRET', logto.machine.appSecret)
  vi.stubEnv('INTERAQT_ENDPOINT', 'http://127.0.0.1:4000')
  vi.stubEnv('LOGTO_WEBHOOK_SIGNING_KEY', signingKey)
  vi.stubEnv('LOGTO_WEBHOOK_ID', [...logto.state.hooks.keys()][0])
  for (const level of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((...said) => void logged.push(said.join(' ')))
})
afterAll(() => {
  requests?.close()
  process.setMaxListeners(10)
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  return database.close()
})

/** What leaving out may change without a word at the start, because only the application can know what it wants. */
const CHOICES: { part: RegExp; changes: (keyof Answers)[]; because: string }[] = [
  {
    part: /^(username|name): user\b/,
    changes: ['columns'],
    because: 'a mapUser says itself which columns come from Logto; others may be of the application alone',
  },
  {
    part: /^(eventSources: |sendFriendRequest$|name: 'sendFriendRequest')/,
    changes: ['sent', 'sentWithoutPayload'],
    because: 'which interactions there are; the answer names the one that it does not know',
  },
  {
    part: /^(payload: |items: |PayloadItem\.|name: 'to')/,
    changes: ['sent', 'sentWithoutPayload'],
    because: 'what a payload holds; the answer names the item that it does not know',
  },
  {
    part: /^required: /,
    changes: ['sentWithoutPayload'],
    because: 'what a payload has to hold',
  },
  {
    part: /^cors: /,
    changes: ['origin'],
    because: 'an API of the same origin as its page needs none; for another the browser Client names `cors`',
  },
  {
    part: /^(const schedule = |(replay|reconcile)Every: )/,
    changes: ['tasks'],
    because: 'another process, or a job, may replay and reconcile',
  },
]

const codeOf = (page: string) => filesOf(page).get('server.ts') ?? ''
const readmeParts = new Set(leaveOutEach(codeOf('README.md')).map(({ part }) => part))

describe.each(['README.md', 'docs/guide.md'])('the server of %s', (page) => {
  const code = codeOf(page)
  // Most of the guide's parts are the README's, word for word.
  const isRepeated = (part: string) => page !== 'README.md' && readmeParts.has(part)
  const parts = leaveOutEach(code).filter(({ part }) => isLongRun || !isRepeated(part))
  const tasks: Task[] = code.includes('sync.schedule(') ? ['reconcile', 'replay'] : []
  let usual: Answers
  beforeAll(async () => {
    const { answers, warnings } = await run(page, code, tasks)
    if (!answers) throw new Error(`${page}: the server does not start as it is`)
    usual = answers
    expect(warnings).toEqual([])
  })

  it('works as it is', () => {
    expect(usual).toMatchObject({ sent: [200, {}], sentWithoutPayload: [400, {}], webhook: 200, tasks })
    expect(usual.columns).toContain('alice')
  })

  it.each(parts)('without "$part" fails or warns at start and names it, or does the same', async (left) => {
    const choice = CHOICES.find(({ part }) => part.test(left.part))?.changes ?? []
    const { error, warnings, answers } = await run(page, left.code, choice.includes('tasks') ? [] : tasks)
    const expectNamed = (said: string) =>
      expect(left.names.filter((name) => said.includes(name))).not.toEqual([])
    if (error !== undefined) return expectNamed(error)
    if (warnings.length > 0) {
      expect(answers?.sent).toEqual(usual.sent)
      return expectNamed(warnings.join('\n'))
    }
    expect({ ...answers, ...pick(usual, choice) }).toEqual(usual)
    if (answers?.sent[0] !== usual.sent[0])
      expectNamed(`${JSON.stringify(answers?.sent)} ${logged.join('\n')}`)
  })
})

const pick = (answers: Answers, keys: (keyof Answers)[]) =>
  Object.fromEntries(keys.map((key) => [key, answers[key]]))

/** What the server answers, which of Alice's columns it has filled, and what its schedule has begun. */
interface Answers {
  sent: [number, unknown]
  sentWithoutPayload: [number, unknown]
  anonymous: [number, unknown]
  origin: string | null
  webhook: number
  columns: unknown[]
  tasks: Task[]
}

interface Outcome {
  error?: string
  /** What the log had in it when the server listened. */
  warnings: string[]
  answers?: Answers
}

/** @param tasks - which tasks of the schedule to wait for. */
async function run(page: string, code: string, tasks: Task[]): Promise<Outcome> {
  logged.length = 0
  begun.clear()
  await database.db.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
  Object.assign(globalThis, { openTestDatabase: () => database })
  const files = await writePage(
    page,
    {},
    {
      'server.ts': code
        .replace('port: 4000', 'port: 0')
        .replace('new PGLiteDB()', '(PGLiteDB, globalThis.openTestDatabase())'),
    },
  )
  try {
    const { server, schedule } = await files.import<{
      server: RunningServer
      schedule?: { stop(): Promise<void> }
    }>('server.ts')
    // The page's own line is no warning.
    const warnings = logged.filter((line) => !line.startsWith('API on '))
    const answers = await answersOf(server)
    const haveBegun = () => expect([...begun]).toEqual(expect.arrayContaining(tasks))
    // What has not begun by then is missing in the answers.
    await vi.waitFor(haveBegun, { timeout: 10_000 }).catch(() => undefined)
    await schedule?.stop()
    await server.close()
    return { warnings, answers: { ...answers, tasks: [...begun].sort() } }
  } catch (error) {
    return { warnings: [], error: String(error) }
  } finally {
    await files.remove()
  }
}

async function answersOf(server: RunningServer): Promise<Omit<Answers, 'tasks'>> {
  const headers = {
    authorization: `Bearer ${await logto.accessToken({ user: 'alice' })}`,
    'content-type': 'application/json',
  }
  const url = `${server.url}/interaction/sendFriendRequest`
  const send = async (init: RequestInit): Promise<[number, unknown]> => {
    const response = await fetch(url, { method: 'POST', ...init })
    return [response.status, await response.json()]
  }
  const sent = await send({ headers, body: '{"payload":{"to":"bob"}}' })
  const sentWithoutPayload = await send({ headers, body: '{"payload":{}}' })
  const anonymous = await send({ headers: { 'content-type': 'application/json' }, body: '{}' })
  const preflight = await fetch(url, {
    method: 'OPTIONS',
    headers: { origin: 'http://127.0.0.1:5173', 'access-control-request-method': 'POST' },
  })
  const origin = preflight.headers.get('access-control-allow-origin')
  const alice = { ...logto.state.users.byIdentifier('alice') }
  const { status } = await fetch(
    logto.webhook('User.Data.Updated', alice).request(`${server.url}/api/syncUser`),
  )
  const [user = {}] = await database.query<Record<string, unknown>>('SELECT * FROM "User"')
  // Interaqt gives columns short names of its own.
  const columns = Object.values(user).filter((value) => value === 'alice' || value === 'Alice')
  return { sent, sentWithoutPayload, anonymous, origin, webhook: status, columns: columns.sort() }
}
