import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Controller } from '@interaqt/runtime'
import { writeOneAtATime } from './one-at-a-time.js'

test('interactions and other writes run one after the other, and what throws is rolled back', async () => {
  const log: string[] = []
  const run = async (name: string) => {
    log.push(`${name} begins`)
    await sleep(2)
    if (name === 'broken') throw new Error(name)
    log.push(`${name} ends`)
  }
  const controller = {
    callInteraction: run,
    callActivityInteraction: run,
    system: { storage: { rollbackTransaction: async () => log.push('rolled back') } },
  }
  const oneAtATime = writeOneAtATime(controller as unknown as Controller)
  const results = await Promise.allSettled([
    controller.callInteraction('first'),
    controller.callInteraction('broken'),
    oneAtATime(() => run('user')),
    controller.callActivityInteraction('last'),
  ])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  )
  assert.deepEqual(log, [
    'first begins',
    'first ends',
    'broken begins',
    'rolled back',
    'user begins',
    'user ends',
    'last begins',
    'last ends',
  ])
})
