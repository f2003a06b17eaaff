import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { GROUPS } from './cases/index.js'
import { describeLogto } from './describe-logto.js'
import { inOrder } from './order.js'
import { tableOf, unnamedRecordings } from './table.js'
import { World } from './world.js'

let world: World
let logto: string

declare module 'vitest' {
  interface TaskMeta {
    /** Which Logto was asked: `agreement-reporter.ts` names it. */
    logto?: string
  }
}

beforeAll(async () => {
  world = await World.create()
  logto = await describeLogto(world.endpoint)
}, 60_000)

beforeEach(({ task }) => {
  task.file.meta.logto = logto
})

afterAll(() => world?.destroy(), 60_000)

for (const { subject, cases } of inOrder(GROUPS, process.env.CONTRACT_SEED)) {
  describe(subject, () => {
    for (const { name, recording, run } of cases) {
      test(`${name} [${recording}]`, () => run(world), 30_000)
    }
  })
}

test('the table of cases is up to date', async () => {
  await expect(tableOf(GROUPS)).toMatchFileSnapshot('./README.md')
})

test('every recording has a case, or a reason why it has none', () => {
  expect(unnamedRecordings(GROUPS)).toEqual([])
})
