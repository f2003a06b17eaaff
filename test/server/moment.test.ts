import { afterEach, expect, it, vi } from 'vitest'
import { type Moment, moment, msBetween } from '../../src/server/moment.js'

afterEach(() => vi.useRealTimers())

const at = (wall: number, monotonic: number): Moment => ({ wall, monotonic })

it.each([
  ['both clocks go', at(1_000, 10), at(1_500, 510), 500],
  ['the wall clock is set back', at(1_000, 10), at(200, 510), 500],
  ['the wall clock is set ahead', at(1_000, 10), at(9_000, 510), 8_000],
  ['the machine slept', at(1_000, 10), at(9_000, 10), 8_000],
  ['no time passes', at(1_000, 10), at(1_000, 10), 0],
])('the larger difference counts when %s', (_, earlier, later, ms) => {
  expect(msBetween(earlier, later)).toBe(ms)
})

it('a moment has the time of both clocks', () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 1_000_000 })
  const before = moment()
  vi.advanceTimersByTime(5)
  expect(moment()).toEqual({ wall: 1_000_005, monotonic: before.monotonic + 5 })
})
