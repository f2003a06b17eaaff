/** A point in time by two clocks, in milliseconds. */
export interface Moment {
  /** Since the epoch. Somebody may set this clock back, or ahead. */
  readonly wall: number
  /** Since the process started. Nobody sets this clock, but it may stop while the machine sleeps. */
  readonly monotonic: number
}

/** Returns this moment. */
export function moment(): Moment {
  return { wall: Date.now(), monotonic: performance.now() }
}

/**
 * Returns the milliseconds from one moment to a later one: what that clock says which says more. So neither a wall clock
 * that is set back nor a sleep makes anything younger.
 */
export function msBetween(earlier: Moment, later: Moment): number {
  return Math.max(later.wall - earlier.wall, later.monotonic - earlier.monotonic)
}
