import { createServer } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogtoUser } from '../../src/logto/index.js'
import { Client, type HookDelivery, type ManagementOptions } from '../../src/server/index.js'
import recordedUser from '../fixtures/recordings/mgmt/user-get.json' with { type: 'json' }
import recordedDeliveries from '../fixtures/recordings/webhook-listener-offline-log.json' with {
  type: 'json',
}

const userOf = (index: number): LogtoUser => ({ ...recordedUser.response.body, id: `user-${index}` })
const HOOK = recordedDeliveries[0]?.payload.hookId ?? ''

/** Logto's list of users: offsets into a table that may change between two requests. Newest first. */
class UserTable {
  users: LogtoUser[] = []
  /** Logto's limit of counting. */
  countsUpTo = Number.POSITIVE_INFINITY
  /** Called before each page of users is read, with its number and how often it was asked for. */
  beforePage: (page: number, attempt: number) => number | undefined = () => undefined
  readonly requests: string[] = []
  underWay = 0
  mostUnderWay = 0
  /** Pages behind the first wait for each other until so many are asked for at once. */
  awaited = 1
  #endpoint = ''
  readonly #attempts = new Map<number, number>()
  readonly #server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://logto')
    const json = (status: number, body: unknown, headers = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
    if (url.pathname === '/oidc/token') return json(200, { access_token: 't', expires_in: 60 })
    this.requests.push(url.pathname + url.search)
    const deliveries = url.pathname === `/api/hooks/${HOOK}/recent-logs`
    if (url.pathname !== '/api/users' && !deliveries) return json(404, { code: 'entity.not_found' })
    const rows: readonly unknown[] = deliveries ? recordedDeliveries : this.users
    const page = Number(url.searchParams.get('page'))
    const size = Number(url.searchParams.get('page_size'))
    const attempt = (this.#attempts.get(page) ?? 0) + 1
    this.#attempts.set(page, attempt)
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay)
    do await new Promise((resolve) => setTimeout(resolve, 2))
    while (page > 1 && this.mostUnderWay < this.awaited)
    this.underWay--
    const status = this.beforePage(page, attempt) ?? 200
    if (status !== 200) return json(status, { code: 'internal.error' })
    const counted = Math.min((deliveries ? rows : this.users).length, this.countsUpTo)
    json(200, (deliveries ? rows : this.users).slice((page - 1) * size, page * size), {
      'total-number': String(counted),
      ...(counted < this.users.length ? { 'total-number-is-capped': 'true' } : {}),
      // As Logto's own: without /api, leading to a web page.
      link: '<http://127.0.0.1:1/users?page=2>; rel="next"',
    })
  })

  async start(): Promise<Client> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    this.#endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    return this.clientWith({})
  }

  clientWith(management: ManagementOptions): Client {
    return new Client({
      logtoEndpoint: this.#endpoint,
      resource: 'x',
      appId: 'a',
      appSecret: 'b',
      management,
    })
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

let table: UserTable
let client: Client
beforeEach(async () => {
  table = new UserTable()
  client = await table.start()
})
afterEach(() => table.stop())

const fill = (count: number) => {
  table.users = Array.from({ length: count }, (_, index) => userOf(index))
}
async function idsOf(users: AsyncIterable<{ id: string }>): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of users) ids.push(id)
  return ids
}
const pagesAsked = () =>
  table.requests.map((url) => Number(new URLSearchParams(url.split('?')[1]).get('page')))

describe('users()', () => {
  it.each([0, 1, 99, 100, 101, 250, 1_000])('hands on %i users, each once, in order', async (count) => {
    fill(count)
    expect(await idsOf(client.users())).toEqual(table.users.map(({ id }) => id))
    expect(table.requests).toHaveLength(Math.max(1, Math.ceil(count / 100)))
  })

  it('asks for 100 at a time, and for no more than `concurrency` pages at once', async () => {
    fill(1_000)
    table.awaited = 3
    await idsOf(client.users({ concurrency: 3 }))
    expect(table.requests[0]).toBe('/api/users?page=1&page_size=100')
    expect(table.mostUnderWay).toBe(3)
  })

  it('reads until a short page when Logto does not count to the end', async () => {
    fill(730)
    table.countsUpTo = 200
    expect(await idsOf(client.users())).toHaveLength(730)
    table.users.length = 700
    expect(await idsOf(client.users())).toHaveLength(700)
  })

  it('says for each page how many users there are, where Logto counted to the end', async () => {
    fill(250)
    const totals: unknown[] = []
    const onPage = ({ total }: { total: number | undefined }) => totals.push(total)
    await idsOf(client.users({ onPage }))
    expect(totals).toEqual([250, 250, 250])
    table.countsUpTo = 200
    await idsOf(client.users({ onPage, concurrency: 1 }))
    expect(totals.slice(3)).toEqual([undefined, undefined, undefined])
  })

  it('survives 5xx on a page', async () => {
    fill(500)
    table.beforePage = (page, attempt) => (page === 3 && attempt <= 2 ? 503 : undefined)
    expect(await idsOf(client.users())).toEqual(table.users.map(({ id }) => id))
  })

  it('fails when a page fails for good, after having handed on those before', async () => {
    fill(500)
    table.beforePage = (page) => (page === 3 ? 422 : undefined)
    const ids: string[] = []
    const reading = (async () => {
      for await (const { id } of client.users()) ids.push(id)
    })()
    await expect(reading).rejects.toMatchObject({ name: 'ManagementError', code: 'request_refused' })
    expect(ids).toHaveLength(200)
  })

  it('hands nobody on twice, and misses nobody, when users are added meanwhile', async () => {
    fill(500)
    const before = table.users.map(({ id }) => id)
    table.beforePage = (page, attempt) => {
      if (attempt === 1) table.users.unshift(userOf(1_000 + page))
      return undefined
    }
    const ids = await idsOf(client.users())
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(expect.arrayContaining(before))
  })

  it('misses nobody when users are deleted meanwhile', async () => {
    fill(500)
    const stay = table.users.map(({ id }) => id).slice(20)
    table.beforePage = (page, attempt) => {
      if (attempt === 1 && page === 3) table.users.splice(0, 20)
      return undefined
    }
    const ids = await idsOf(client.users())
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(expect.arrayContaining(stay))
  })

  it('reads no further than it is read, and stops when the reader stops', async () => {
    fill(10_000)
    for await (const { id } of client.users({ concurrency: 2 })) if (id === 'user-150') break
    // A reader that read on would ask for more pages during these round trips.
    for (let trip = 0; trip < 5; trip++) await client.getUser('nobody').catch(() => undefined)
    expect(Math.max(...pagesAsked())).toBeLessThanOrEqual(3)
  })

  it('stops when the signal aborts, with its reason', async () => {
    fill(1_000)
    const controller = new AbortController()
    const reading = (async () => {
      for await (const { id } of client.users({ signal: controller.signal })) {
        if (id === 'user-120') controller.abort(new Error('enough'))
      }
    })()
    await expect(reading).rejects.toThrow('enough')
    await expect(idsOf(client.users({ signal: AbortSignal.abort(new Error('never')) }))).rejects.toThrow(
      'never',
    )
  })

  it('reads a page in parts when its answer is too large: nobody hides the others by their custom data', async () => {
    fill(250)
    const custom = (kilobytes: number) => ({ customData: { text: 'x'.repeat(kilobytes * 1_000) } })
    for (const index of [3, 130, 131, 249]) table.users[index] = { ...userOf(index), ...custom(150) }
    const ids = await idsOf(table.clientWith({ maxBytes: 200_000 }).users({ concurrency: 2 }))
    expect(ids).toEqual(table.users.map(({ id }) => id))
    const sizes = table.requests.map((url) => Number(new URLSearchParams(url.split('?')[1]).get('page_size')))
    expect([...new Set(sizes)].sort((a, b) => a - b)).toEqual([1, 5, 25, 50, 100])
    expect(sizes.length).toBeLessThan(80)
  })

  it('reads parts of a page again too when users are deleted meanwhile', async () => {
    fill(300)
    for (const user of table.users) user.customData = { text: 'x'.repeat(3_000) }
    const stay = table.users.map(({ id }) => id).slice(20)
    let hasDeleted = false
    table.beforePage = (page) => {
      if (page === 5 && !hasDeleted) {
        hasDeleted = true
        table.users.splice(0, 20)
      }
      return undefined
    }
    const ids = await idsOf(table.clientWith({ maxBytes: 250_000 }).users({ concurrency: 1 }))
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(expect.arrayContaining(stay))
  })

  it('ends at a single user who is too large, after the others before', async () => {
    fill(120)
    table.users[110] = { ...userOf(110), customData: { text: 'x'.repeat(300_000) } }
    const ids: string[] = []
    const reading = (async () => {
      for await (const { id } of table.clientWith({ maxBytes: 200_000 }).users()) ids.push(id)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'response_too_large' })
    expect(ids).toHaveLength(110)
    expect(table.requests.filter((url) => url.includes('page=111&page_size=1'))).toHaveLength(1)
  })

  it('refuses what is no list of users', async () => {
    table.users = [userOf(1), Object.assign(userOf(2), { id: undefined })]
    await expect(idsOf(client.users())).rejects.toMatchObject({ code: 'response_invalid' })
  })

  it.each([{ pageSize: 0 }, { pageSize: 101 }, { pageSize: 1.5 }, { concurrency: 0 }])(
    'refuses %j',
    (options) => {
      expect(() => client.users(options)).toThrow(RangeError)
    },
  )
})

describe('recentDeliveries()', () => {
  it('hands on the delivery log, failed deliveries with their event', async () => {
    const deliveries: HookDelivery[] = []
    for await (const delivery of client.recentDeliveries(HOOK, { startTime: 1, endTime: 2 }))
      deliveries.push(delivery)
    expect(deliveries).toEqual(recordedDeliveries)
    expect(deliveries[0]?.payload.hookRequest?.body).toMatchObject({ event: 'User.Data.Updated' })
    expect(table.requests).toEqual([
      `/api/hooks/${HOOK}/recent-logs?start_time=1&end_time=2&page=1&page_size=100`,
    ])
  })

  it('says so when there is no such hook', async () => {
    await expect(idsOf(client.recentDeliveries('nope'))).rejects.toMatchObject({
      code: 'request_refused',
      logtoStatus: 404,
    })
  })
})
