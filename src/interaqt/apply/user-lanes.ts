/** What runs for one user, one after another. */
export interface UserLane {
  /** Ticks at the moment when this turn was asked for. */
  readonly requestedAt: number
  /** Ticks at the moment before Logto was asked for the state that was last written; 0 before the first. */
  settledAt: number
}

/**
 * One thing at a time per user, in this process: what is said about one user at once is settled by asking Logto once,
 * and waits here instead of colliding in the database. Other processes are kept apart by the lock on the record.
 */
export class UserLanes {
  readonly #lanes = new Map<string, { tail: Promise<unknown>; settledAt: number }>()
  #ticks = 0

  /** A number larger than all before it. */
  tick(): number {
    return ++this.#ticks
  }

  /** Runs `turn` when all earlier turns of this user are over, whatever became of them. */
  async run<T>(logtoId: string, turn: (lane: UserLane) => Promise<T>): Promise<T> {
    const requestedAt = this.tick()
    const shared = this.#lanes.get(logtoId) ?? { tail: Promise.resolve(), settledAt: 0 }
    this.#lanes.set(logtoId, shared)
    const lane: UserLane = {
      requestedAt,
      get settledAt() {
        return shared.settledAt
      },
      set settledAt(tick) {
        shared.settledAt = tick
      },
    }
    const result = shared.tail.then(() => turn(lane))
    const tail = result.catch(() => {})
    shared.tail = tail
    try {
      return await result
    } finally {
      if (shared.tail === tail) this.#lanes.delete(logtoId)
    }
  }
}
