import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest'
import type { LogtoVersion } from '../../src/testing/index.js'
import { GROUPS } from './cases/index.js'
import { describeLogto } from './describe-logto.js'
import { inOrder } from './order.js'
import { World } from './world.js'

declare module 'vitest' {
  interface TaskMeta {
    /** Which Logto was asked: `agreement-reporter.ts` names it. */
    logto?: string
  }
}

/**
 * Declares all cases.
 *
 * @param version - of the embedded Logto, which is used where the environment names no other one.
 */
export function declareSuite(version: LogtoVersion): void {
  let world: World
  let logto: string

  beforeAll(async () => {
    world = await World.create(version)
    logto = await describeLogto(world.endpoint)
  }, 60_000)

  beforeEach(({ task }) => {
    task.file.meta.logto = logto
  })

  afterAll(() => world?.destroy(), 60_000)

  for (const { subject, cases } of inOrder(GROUPS, process.env.CONTRACT_SEED)) {
    describe(subject, () => {
      for (const { name, recording, only, run } of cases) {
        test(`${name} [${recording}]`, ({ skip }) => {
          if (only && only !== world.logto.version) skip(`only Logto ${only} does it`)
          return run(world)
        }, 30_000)
      }
    })
  }
}
