import type { Controller } from '@interaqt/runtime'

/** Runs pieces of work one after the other, in the order in which they came. */
export type OneAtATime = <T>(work: () => Promise<T>) => Promise<T>

/**
 * The 0.8 runtime has one database connection and begins a transaction on it for every interaction. Two at a time would
 * begin inside one another, and what is written beside them is rolled back with one that fails. So whatever writes goes
 * through one queue: interactions, and the sync of users.
 */
export function writeOneAtATime(controller: Controller): OneAtATime {
  let last: Promise<unknown> = Promise.resolve()
  const oneAtATime: OneAtATime = (work) => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }
  const callInteraction = controller.callInteraction.bind(controller)
  const callActivityInteraction = controller.callActivityInteraction.bind(controller)
  controller.callInteraction = (...args) =>
    oneAtATime(() => rolledBack(controller, () => callInteraction(...args)))
  controller.callActivityInteraction = (...args) =>
    oneAtATime(() => rolledBack(controller, () => callActivityInteraction(...args)))
  return oneAtATime
}

/** The runtime rolls back when an interaction returns an error; when it throws, its transaction stays open. */
async function rolledBack<T>(controller: Controller, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await controller.system.storage.rollbackTransaction('interaction that threw')
    throw error
  }
}
