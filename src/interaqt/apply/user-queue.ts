/** The tasks of one user that run or wait. */
export interface QueueOfUser {
  tail: Promise<unknown>
  /** Number of the request to Logto whose answer the record shows; 0 before the first. */
  refreshedBy: number
}

/**
 * Runs one task at a time per user, in this process. Events of one user that come at once need one request to Logto, and
 * wait here instead of colliding in the database. Between processes the lock on the record does that.
 */
export class UserQueue {
  readonly #queues = new Map<string, QueueOfUser>()
  #lastNumber = 0

  /** Returns a number larger than all before it: the order of tasks and of requests to Logto. */
  nextNumber(): number {
    return ++this.#lastNumber
  }

  /**
   * Runs `task` after all earlier tasks of this user, also when those failed.
   *
   * @param task - gets the user's queue, and the number of the moment when it was added to it.
   */
  async run<T>(logtoId: string, task: (queue: QueueOfUser, number: number) => Promise<T>): Promise<T> {
    const number = this.nextNumber()
    const queue = this.#queues.get(logtoId) ?? { tail: Promise.resolve(), refreshedBy: 0 }
    this.#queues.set(logtoId, queue)
    const result = queue.tail.then(() => task(queue, number))
    const tail = result.catch(() => {})
    queue.tail = tail
    try {
      return await result
    } finally {
      if (queue.tail === tail) this.#queues.delete(logtoId)
    }
  }
}
