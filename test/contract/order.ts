import type { ContractGroup } from './case.js'

/**
 * The groups as they are written; with a seed, every case alone, in an order of its own over all subjects. The same seed
 * gives the same order.
 *
 * @param seed - of `CONTRACT_SEED`: a whole number.
 * @throws TypeError for a seed that is no number: runs that are meant to differ would all have one order.
 */
export function inOrder(
  groups: readonly ContractGroup[],
  seed: string | undefined,
): readonly ContractGroup[] {
  if (!seed) return groups
  if (!/^\d{1,9}$/.test(seed))
    throw new TypeError(`CONTRACT_SEED must be a number of 1 to 9 digits, got ${seed}`)
  const random = randomOf(Number(seed))
  return groups
    .flatMap(({ subject, cases }) => cases.map((one) => ({ subject, cases: [one] })))
    .map((group) => ({ group, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ group }) => group)
}

/** Mulberry32: enough to mix cases, and the same everywhere. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
