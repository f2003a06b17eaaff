import { createServer } from 'node:http'
import type { LogtoUser } from '../src/logto/index.js'

/**
 * A Logto that knows nothing but users and one delivery log, as fast as a real one and no faster; a process of its own,
 * so that its memory and CPU are not measured. Arguments: users, milliseconds a page of users, a page of the log, a user.
 *
 * Source of the times: docs/facts.md and recordings/latency.json. A page of 100 takes 12 ms at 5,000 users and 70 to 130 ms at
 * 200,000, nearly all of it counting; a search of few rows 7 ms, one user 3.4 ms; all on two cores.
 */
const [users = 0, pageMs = 0, logMs = 0, userMs = 0] = process.argv.slice(2).map(Number)
const CORES = 2
const PAGE_SIZE = 100

/** Deliveries in the log, the failed ones spread over them. */
export const DELIVERIES = 500
export const FAILURES = 100

let busy = 0
const waiting: (() => void)[] = []

/** Takes one of the cores for a while. */
async function work(ms: number): Promise<void> {
  if (ms === 0) return
  if (busy >= CORES) await new Promise<void>((resolve) => waiting.push(resolve))
  busy++
  await new Promise((resolve) => setTimeout(resolve, ms))
  busy--
  waiting.shift()?.()
}

export function idOf(index: number): string {
  return `u${String(index).padStart(11, '0')}`
}

/** @param changed - whether the application has not heard of its last change. */
function userOf(index: number, changed: boolean): LogtoUser {
  return {
    id: idOf(index),
    username: `user_${index}`,
    primaryEmail: `user_${index}@example.com`,
    primaryPhone: null,
    name: changed ? `Renamed ${index}` : `User ${index}`,
    avatar: null,
    customData: { tier: 'gold' },
    identities: {},
    lastSignInAt: null,
    createdAt: 1_700_000_000_000 + index,
    updatedAt: 1_700_000_000_000 + index + (changed ? 60_000 : 0),
    profile: {},
    applicationId: null,
    isSuspended: false,
    hasPassword: true,
  }
}

const isChanged = (index: number): boolean => index % 100 === 0

function deliveryOf(index: number, now: number) {
  const isFailed = index % (DELIVERIES / FAILURES) === 0
  // Users who are not among those that the reconcile finds changed.
  const user = userOf(index * 7 + 1, true)
  const body = {
    event: 'User.Data.Updated',
    hookId: 'hook',
    createdAt: new Date(now).toISOString(),
    path: `/users/${user.id}`,
    method: 'PATCH',
    status: 200,
    params: { userId: user.id },
    matchedRoute: '/users/:userId',
    data: user,
  }
  const payload = { result: isFailed ? 'Error' : 'Success', hookId: 'hook', hookRequest: { body } }
  return { id: `log-${index}`, key: 'TriggerHook.User.Data.Updated', createdAt: now - index, payload }
}

const startedAt = Date.now()
const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://logto')
  const page = Number(searchParams.get('page') ?? 1) - 1
  const indexes = (total: number) =>
    Array.from({ length: Math.min(PAGE_SIZE, total - page * PAGE_SIZE) }, (_, row) => page * PAGE_SIZE + row)
  const send = (body: unknown, total?: number) => {
    response.setHeader('content-type', 'application/json')
    if (total !== undefined) response.setHeader('total-number', String(total))
    response.end(JSON.stringify(body))
  }
  if (pathname === '/oidc/token') {
    send({ access_token: 'token', expires_in: 3600, token_type: 'Bearer', scope: 'all' })
  } else if (pathname === '/api/users') {
    await work(pageMs)
    // Newest first.
    send(
      indexes(users).map((row) => userOf(users - 1 - row, isChanged(users - 1 - row))),
      users,
    )
  } else if (pathname.startsWith('/api/hooks/')) {
    await work(logMs)
    send(
      indexes(DELIVERIES).map((row) => deliveryOf(row, startedAt)),
      DELIVERIES,
    )
  } else {
    await work(userMs)
    const index = Number(pathname.slice('/api/users/u'.length))
    send(userOf(index, isChanged(index)))
  }
})
// Imported for its names, it serves nothing.
if (users > 0) {
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.(typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : '')
  })
}
