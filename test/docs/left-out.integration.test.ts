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

beforeAll(async () => {
  const signingKey = 'a-key-of-the-test'
  logto = await createTestLogto({
    users: [{ username: 'alice', name: 'Alice' }],
    hooks: [{ url: 'http://127.0.0.1:4000/api/syncUser', signingKey }],
  })
  requests = setupServer(...logto.handlers)
  requests.listen({ onUnhandledRequest: 'bypass' })
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

/** What leaving out may change without an error at start, because it is the application's own choice. */
const CHOICES: [RegExp, (keyof Answers)[]][] = [
  // Which columns come from Logto.
  [/^(mapUser|username: user|name: user)\b/, ['columns']],
  // Which interactions there are, and what their payloads hold. The answer names what it does not know.
  [/^(eventSources: |sendFriendRequest$|name: 'sendFriendRequest')/, ['sent', 'sentWithoutPayload']],
  [/^(payload: |items: |PayloadItem\.|name: 'to')/, ['sent', 'sentWithoutPayload']],
  [/^required: /, ['sentWithoutPayload']],
  // An API without webhooks, or of the page's own origin.
  [/^webhook: /, ['webhook']],
  [/^cors: /, ['origin']],
]
// The Controller fails over it before anything of ours is called. The compiler names it.
const OF_INTERAQT = /^system\b/

const codeOf = (page: string) => filesOf(page).get('server.ts') ?? ''
const readmeParts = new Set(leaveOutEach(codeOf('README.md')).map(({ part }) => part))

describe.each(['README.md', 'docs/guide.md'])('the server of %s', (page) => {
  const code = codeOf(page)
  // Most of the guide's parts are the README's, word for word.
  const isRepeated = (part: string) => page !== 'README.md' && readmeParts.has(part)
  const parts = leaveOutEach(code).filter(({ part }) => isLongRun || !isRepeated(part))
  let usual: Answers
  beforeAll(async () => {
    const { answers } = await run(page, code)
    if (!answers) throw new Error(`${page}: the server does not start as it is`)
    usual = answers
  })

  it('works as it is', () => {
    expect(usual).toMatchObject({ sent: [200, {}], sentWithoutPayload: [400, {}], webhook: 200 })
    expect(usual.columns).toContain('alice')
  })

  it.each(parts)('without "$part" fails at start and names it, or does the same', async (left) => {
    const { error, answers } = await run(page, left.code)
    if (error !== undefined) {
      if (!OF_INTERAQT.test(left.part))
        expect(left.names.filter((name) => error.includes(name))).not.toEqual([])
      return
    }
    const choice = CHOICES.find(([part]) => part.test(left.part))?.[1] ?? []
    expect({ ...answers, ...pick(usual, choice) }).toEqual(usual)
    if (answers?.sent[0] === usual.sent[0]) return
    const said = `${JSON.stringify(answers?.sent)} ${logged.join('\n')}`
    expect(left.names.filter((name) => said.includes(name))).not.toEqual([])
  })
})

const pick = (answers: Answers, keys: (keyof Answers)[]) =>
  Object.fromEntries(keys.map((key) => [key, answers[key]]))

/** What the server answers, and which of Alice's columns it has filled. */
interface Answers {
  sent: [number, unknown]
  sentWithoutPayload: [number, unknown]
  anonymous: [number, unknown]
  origin: string | null
  webhook: number
  columns: unknown[]
}

interface Outcome {
  error?: string
  answers?: Answers
}

async function run(page: string, code: string): Promise<Outcome> {
  logged.length = 0
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
    const answers = await answersOf(server)
    await schedule?.stop()
    await server.close()
    return { answers }
  } catch (error) {
    return { error: String(error) }
  } finally {
    await files.remove()
  }
}

async function answersOf(server: RunningServer): Promise<Answers> {
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
