import type { World } from './world.js'

/** One behaviour that every Logto must show. */
export interface ContractCase {
  name: string
  /** The recording that it is drawn from, below `recordings/`, or the page that says so. */
  recording: string
  /** What is compared with it. */
  compares: string
  run(world: World): void | Promise<void>
}

/** Cases about one subject. */
export interface ContractGroup {
  subject: string
  cases: readonly ContractCase[]
}
