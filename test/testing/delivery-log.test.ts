import { describe, expect, it } from 'vitest'
import { createTestLogto } from '../../src/testing/index.js'
import { recording } from '../contract/recordings.js'

const DAY_MS = 24 * 60 * 60 * 1000

/** A Logto with a hook that nothing answers, and its log. */
async function withLog() {
  const logto = await createTestLogto({ hooks: [{ id: 'h', url: 'http://127.0.0.1:1/nobody' }] })
  const { deliveries, users } = logto.state
  const authorization = `Bearer ${await logto.machineToken({ audience: 'https://default.logto.app/api', scope: 'all' })}`
  const get = (path: string) => logto.fetch(`${logto.endpoint}/api${path}`, { headers: { authorization } })
  const log = async (query = '') => {
    const { headers } = await get(`/hooks/h/recent-logs?${query}`)
    return [headers.get('total-number'), headers.get('total-number-is-capped')]
  }
  const deliver = async (atMs: number) => {
    logto.faults.skewClock(atMs)
    deliveries.trigger('User.Created', {})
    await deliveries.settled()
    logto.faults.skewClock(0)
  }
  const repeatLastRow = (times: number) => {
    const row = deliveries.log.at(-1)
    if (row) for (let copy = 0; copy < times; copy++) deliveries.log.push(row)
  }
  return { get, log, deliver, repeatLastRow, users }
}

describe('the log of a hook', () => {
  it('has the last 24 hours, and older rows when a start or an end is asked for', async () => {
    const { log, deliver } = await withLog()
    await deliver(-3 * DAY_MS)
    await deliver(0)
    const { withoutStartTime, withStartTime7DaysAgo } = recording<Record<string, { listed: boolean }>>(
      'released/hook-recent-logs-older-than-24-hours.json',
    )
    expect([withoutStartTime?.listed, withStartTime7DaysAgo?.listed]).toEqual([false, true])
    expect(await log()).toEqual(['1', null])
    expect(await log(`start_time=${Date.now() - 7 * DAY_MS}`)).toEqual(['2', null])
    expect(await log(`end_time=${Date.now() + DAY_MS}`)).toEqual(['2', null])
    expect(await log(`end_time=${Date.now() - 2 * DAY_MS}`)).toEqual(['1', null])
    expect(await log(`start_time=${Date.now() - 2 * DAY_MS}`)).toEqual(['1', null])
  })

  it('counts up to 10,001 with enableCap alone, and says so', async () => {
    const { log, deliver, repeatLastRow } = await withLog()
    await deliver(0)
    repeatLastRow(10_999)
    expect(await log('enableCap=true')).toEqual(['10001', 'true'])
    expect(await log()).toEqual(['11000', null])
    expect(await log('enableCap=false')).toEqual(['11000', null])
  })

  it('is the only list that is capped', async () => {
    const { get, users } = await withLog()
    for (let index = 0; index < 10_500; index++) users.create({})
    const { headers } = await get('/users?enableCap=true')
    expect([headers.get('total-number'), headers.get('total-number-is-capped')]).toEqual(['10500', null])
  })
})
