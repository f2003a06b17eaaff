import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { Client } from '../../src/server/index.js'
import recordedUser from '../fixtures/recordings/mgmt/user-get.json' with { type: 'json' }

const PAGES = Number(process.env.USERS_MEMORY_PAGES ?? 1_000)
const PAGE_SIZE = 100
const MEGABYTE = 2 ** 20

setFlagsFromString('--expose-gc')
const collectGarbage: unknown = runInNewContext('gc')

function heapInMegabytes(): number {
  if (typeof collectGarbage === 'function') collectGarbage()
  return process.memoryUsage().heapUsed / MEGABYTE
}

/** A Logto of any size: a page is made when it is asked for, and nothing of it is kept here. */
const endlessLogto = async (input: RequestInfo | URL): Promise<Response> => {
  const url = new URL(String(input))
  if (url.pathname === '/oidc/token') return Response.json({ access_token: 't', expires_in: 3_600 })
  const first = (Number(url.searchParams.get('page')) - 1) * PAGE_SIZE
  const users = Array.from({ length: PAGE_SIZE }, (_, index) => ({
    ...recordedUser.response.body,
    id: `user-${first + index}`,
  }))
  return Response.json(users, { headers: { 'total-number': String(PAGES * PAGE_SIZE) } })
}

it(`users() holds no more after ${PAGES} pages than after 100`, async () => {
  const client = new Client({
    logtoEndpoint: 'http://127.0.0.1:3001',
    resource: 'x',
    appId: 'a',
    appSecret: 'b',
    fetch: endlessLogto,
  })
  let count = 0
  let early = 0
  let late = 0
  for await (const _ of client.users()) {
    count++
    if (count === 100 * PAGE_SIZE) early = heapInMegabytes()
    // Well before the last page, while pages are still being read ahead.
    if (count === (PAGES - 10) * PAGE_SIZE) late = heapInMegabytes()
  }
  expect(count).toBe(PAGES * PAGE_SIZE)
  // The pages between the two would be some 40 MB as strings alone, and more as objects.
  expect(late - early).toBeLessThan(2)
})
