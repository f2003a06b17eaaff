import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GROUPS } from './cases/index.js'
import { tableOf, unnamedRecordings } from './table.js'
import { World } from './world.js'

let world: World

beforeAll(async () => {
  world = await World.create()
}, 60_000)

afterAll(() => world?.destroy(), 60_000)

for (const { subject, cases } of GROUPS) {
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
