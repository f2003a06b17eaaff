import { afterAll, afterEach, beforeAll, vi } from 'vitest'
import type { EmbeddedLogto } from '../../../src/embedded/index.js'
import { startLogto } from './application.js'

/** A Logto for all tests of the file that imports this; its faults, and the clock that a test moved, end with the test. */
export let logto: EmbeddedLogto

beforeAll(async () => {
  logto = await startLogto()
})
afterEach(() => {
  vi.useRealTimers()
  logto.faults.clear()
})
afterAll(() => logto.close())

/** Alice's Logto user id. */
export const aliceId = (): string => logto.state.users.byIdentifier('alice')?.id ?? ''
