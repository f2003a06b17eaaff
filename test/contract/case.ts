import type { LogtoVersion } from '../../src/testing/index.js'
import type { World } from './world.js'

/** One behaviour that every Logto must show. */
export interface ContractCase {
  name: string
  /** The recording that it is drawn from, below `recordings/`, or the page that says so. */
  recording: string
  /** What is compared with it. */
  compares: string
  /** The version that shows it, where the other one behaves differently (versions.ts). Default: all. */
  only?: LogtoVersion
  /** What the answer was measured on, where the recording does not tell it (measured-on.ts). */
  measuredOn?: MeasuredOn
  run(world: World): void | Promise<void>
}

/** The versions of Logto that gave an answer; `sources` where it was only read in Logto's sources. */
export type MeasuredOn = readonly LogtoVersion[] | 'sources'

/** Cases about one subject. */
export interface ContractGroup {
  subject: string
  cases: readonly ContractCase[]
}
