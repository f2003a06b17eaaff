import type { Database } from 'interaqt'
import { afterAll, beforeAll, vi } from 'vitest'
import { type AppOptions, createApp } from '../../src/http/index.js'
import { openPglite } from '../support/pglite.js'
import { startPostsApp } from './posts-app.js'

/** What the HTTP app answers. */
export interface Answer {
  status: number
  data?: Record<string, unknown>[]
  context?: { activityId: string }
  error?: { code: string; message: string }
}

interface OpenDatabase {
  database: Database
  close(): Promise<unknown>
}

async function inMemory(): Promise<OpenDatabase> {
  const database = openPglite()
  return { database, close: () => database.close() }
}

/** The application of posts over HTTP, for the tests of one file. Bob asks. */
export function postsOverHttp(open: () => Promise<OpenDatabase> = inMemory) {
  const scene: { posts?: Awaited<ReturnType<typeof startPostsApp>>; opened?: OpenDatabase } = {}
  beforeAll(async () => {
    scene.opened = await open()
    scene.posts = await startPostsApp(scene.opened.database)
  })
  afterAll(() => scene.opened?.close())

  const faults = vi.fn()
  const started = () => {
    if (!scene.posts) throw new Error('Posts can be read inside a test only')
    return scene.posts
  }
  const ask = async (path: string, body: object, queries?: AppOptions['queries']): Promise<Answer> => {
    const app = createApp(started().controller, {
      parseUserId: (headers) => String(headers['x-user'] ?? ''),
      onError: faults,
      onRefused: () => {},
      ...(queries && { queries }),
    })
    const headers = { 'content-type': 'application/json', 'x-user': 'bob' }
    const response = await app.request(path, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: response.status, ...(await response.json()) }
  }
  const read = (name: string, query: unknown, queries?: AppOptions['queries']) =>
    ask(`/interaction/${name}`, { query }, queries)
  return { started, ask, read, faults }
}

export const condition = (key: string, value: unknown, more: object = {}) => ({
  match: { key, value, ...more },
})

/** The texts of posts that were read in no order. */
export const texts = ({ data }: Answer) => data?.map(({ text }) => text).sort()
