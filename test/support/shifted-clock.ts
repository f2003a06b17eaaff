/**
 * Replaces `Date` by one that `advanceClock` sets ahead; timers are left alone. It is one self-contained function, so that
 * it runs in the test's process and, as an init script, in a page: both sides of a token then live in the same time.
 */
export function installShiftedClock(): void {
  let ahead = 0
  const clock = {
    Date: new Proxy(Date, {
      construct: (target, given, newTarget) =>
        Reflect.construct(target, given.length > 0 ? given : [target.now() + ahead], newTarget),
      get: (target, key) => (key === 'now' ? () => target.now() + ahead : Reflect.get(target, key)),
    }),
    advanceClock: (seconds: number) => {
      ahead += seconds * 1_000
    },
  }
  Object.assign(globalThis, clock)
}

/** Sets the clock of this process ahead; the clock must have been installed. */
export function advanceClock(seconds: number): void {
  Reflect.get(globalThis, 'advanceClock')(seconds)
}
