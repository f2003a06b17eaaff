import { expect } from 'vitest'
import { freePort } from '../../support/free-port.js'
import type { ContractCase, ContractGroup } from '../case.js'
import type { Answer } from '../http.js'
import { recordedExchange, recording } from '../recordings.js'
import { expectSameShape } from '../shape.js'
import type { World } from '../world.js'

const SLOW = 'released/hook-log-row-of-slow-delivery.json'

/** Fields that are null for some users. */
const DATA = 'payload.hookRequest.body.data'
const FREE = ['name', 'username', 'primaryEmail', 'primaryPhone', 'avatar', 'customData', 'profile']
  .concat(['identities', 'lastSignInAt', 'applicationId'])
  .map((field) => `${DATA}.${field}`)
  .concat('payload.response.body')

/** What only the development version has, and what the recorded requests did not send. */
const OPTIONAL = [`${DATA}.cimdClientId`, 'payload.hookRequest.body.userAgent']

const firstRow = (body: unknown): Record<string, unknown> => Object(Array.isArray(body) ? body[0] : undefined)

/** Makes a hook of its own, with a log of its own. */
async function ownHook(world: World, url: string): Promise<(query?: string) => Promise<Answer>> {
  const { id } = await world.make('/hooks', {
    name: world.name('log'),
    events: ['User.Data.Updated', 'User.Deleted'],
    config: { url },
  })
  return (query = '') => world.made('GET', `/hooks/${id}/recent-logs?${query}`)
}

const total = (answer: Answer): number => Number(answer.headers.get('total-number'))

/** Resolves with the answer once the log has `count` rows. */
async function logged(log: () => Promise<Answer>, count: number): Promise<Answer> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await log()
    if (total(answer) >= count) return answer
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`the log never had ${count} rows`)
}

/** A user who is changed and deleted, as the recorded one was. */
async function changeAndDelete(world: World): Promise<void> {
  const { id } = await world.makeUser()
  await world.made('PATCH', `/users/${id}`, { name: 'me' })
  await world.made('DELETE', `/users/${id}`)
}

const rows = (name: string, file: string, query: string, count: number): ContractCase => ({
  name,
  recording: `released/${file}.json`,
  compares: 'keys and types of the row with the whole body that was delivered, paging headers',
  run: async (world) => {
    const { response } = recordedExchange(`released/${file}.json`)
    const log = await ownHook(world, `${world.receiver.url}/${world.name('log')}`)
    await changeAndDelete(world)
    await logged(log, 2)
    const answer = await log(query)
    expect(total(answer)).toBe(count)
    expect(answer.headers.get('total-number-is-capped')).toBeNull()
    const deleted = Array.isArray(answer.body)
      ? answer.body.find(({ key }) => key === 'TriggerHook.User.Deleted')
      : undefined
    expectSameShape(deleted, firstRow(response.body), { free: FREE, optional: OPTIONAL })
    expect(deleted).toMatchObject({ payload: { result: 'Success' } })
  },
})

/** The log of a hook's deliveries, `GET /hooks/:id/recent-logs`. */
export const deliveryLog: ContractGroup = {
  subject: 'Webhooks: the log of deliveries',
  cases: [
    rows('a delivery that succeeded is logged with its whole body', 'hook-recent-logs', 'page_size=2', 2),
    rows(
      'the rows of one event',
      'hook-recent-logs-by-key',
      'page_size=2&logKey=TriggerHook.User.Deleted',
      1,
    ),
    {
      name: 'a hook that nothing listens to: the row has the whole body too',
      recording: 'released/hook-recent-logs-of-unreachable-url.json',
      compares: 'keys and types of the row, result, the beginning of the error, total',
      run: async (world) => {
        const { response } = recordedExchange('released/hook-recent-logs-of-unreachable-url.json')
        const log = await ownHook(world, `http://127.0.0.1:${await freePort()}/nobody`)
        const { id } = await world.makeUser()
        await world.made('PATCH', `/users/${id}`, { name: 'A' })
        const answer = await logged(log, 1)
        expect(total(answer)).toBe(1)
        expectSameShape(firstRow(answer.body), firstRow(response.body), { free: FREE, optional: OPTIONAL })
        expect(answer.body).toMatchObject([
          { key: 'TriggerHook.User.Data.Updated', payload: { result: 'Error' } },
        ])
        expect(JSON.stringify(answer.body)).toContain('TypeError: {\\"message\\":\\"fetch failed\\"')
      },
    },
    {
      name: 'a row is there when the delivery has ended, and its time is that end',
      recording: SLOW,
      compares: 'rows while the listener is slow, rows afterwards, createdAt of row and body',
      run: async (world) => {
        const recorded = recording<{ rowsListedAfter1500ms: number; rowsListedAfter5500ms: number }>(SLOW)
        const marker = world.name('slow')
        const log = await ownHook(world, `${world.receiver.url}/${marker}`)
        let answerNow = (): void => {}
        world.receiver.answer(marker, { when: new Promise((resolve) => (answerNow = resolve)) })
        const { id } = await world.makeUser()
        await world.made('PATCH', `/users/${id}`, { name: marker })
        await world.receiver.wait(({ path, body }) => path.endsWith(marker) && body.includes(marker), marker)
        expect(total(await log())).toBe(recorded.rowsListedAfter1500ms)
        await new Promise((resolve) => setTimeout(resolve, 300))
        answerNow()
        const answer = await logged(log, 1)
        world.receiver.answer(marker, 200)
        expect(total(answer)).toBe(recorded.rowsListedAfter5500ms)
        const { createdAt, payload } = firstRow(answer.body)
        const body = Object(Object(Object(payload).hookRequest).body)
        expect(Number(createdAt) - Date.parse(body.createdAt)).toBeGreaterThanOrEqual(250)
      },
    },
    {
      name: 'a page of 101 rows',
      recording: 'released/users-page-size-101.json',
      compares: 'status, error body',
      run: async (world) => {
        const path = `/hooks/${world.hook.id}/recent-logs?page_size=101`
        await world.replay('released/users-page-size-101.json', { path })
      },
    },
  ],
}
