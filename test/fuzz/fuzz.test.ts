import { describe, expect, it } from 'vitest'
import { isLongRun } from '../support/long-run.js'
import { TARGETS } from './targets.js'

const RUNS = isLongRun ? 5_000 : 500

describe.each(TARGETS)('$name: $holds', ({ open, reaches }) => {
  it(`in ${RUNS} runs, which reach ${reaches.join(', ')}`, async () => {
    const fuzzer = await open()
    try {
      const { report, runs } = await fuzzer.check({ seed: 20261126, runs: RUNS })
      expect(report).toBeUndefined()
      expect(runs).toBe(RUNS)
      expect([...fuzzer.outcomes.keys()]).toEqual(expect.arrayContaining([...reaches]))
    } finally {
      await fuzzer.close()
    }
  }, 120_000)
})
