import { afterAll, beforeAll, expect, it } from 'vitest'
import { createApp } from '../../../src/http/index.js'
import { startPostsApp } from '../../http/posts-app.js'
import { openPglite } from '../../support/pglite.js'
import { BASE_URL, createApplication, signedIn } from '../support/application.js'
import { codeOf } from '../support/attack.js'
import { aliceId, logto } from '../support/logto.js'

const database = openPglite()
let application: Pick<ReturnType<typeof createApplication>, 'fetch'>

beforeAll(async () => {
  const { controller, storage } = await startPostsApp(database)
  await storage.create('User', { logtoId: aliceId(), name: 'Alice' })
  const { session } = createApplication(logto.url)
  const app = createApp(controller, { parseUserId: session.parseUserId, session, onRefused: () => {} })
  application = { fetch: (request) => app.fetch(request) }
})
afterAll(() => database.close())

it.each(['/interaction/posts', '/api/interaction/posts', '/interaction/review:look'])(
  'a query of a session may name only what the interaction shows, at %s',
  async (path) => {
    const browser = await signedIn(application)
    const ask = (key: string, value: string) =>
      browser.post(`${BASE_URL}${path}`, { query: { match: { key, value: ['like', value] } } })
    const allowed = await (await ask('author.name', 'A%')).json()
    expect(allowed.data).toHaveLength(2)
    expect(await codeOf(await ask('author.secretNote', 'B%'))).toBe('403 query_not_allowed')
    expect(await codeOf(await ask('author.posts.draft', '%'))).toBe('403 query_not_allowed')
  },
)
