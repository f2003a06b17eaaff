/** One timed round. */
export interface Round {
  /** Operations per second, by the clock. */
  rate: number
  /** Operations per second of CPU time, over all threads: on a busy machine the clock measures the others too. */
  cpuRate: number
}

/**
 * Times two pieces of work in turns, so that what else the machine does hits both alike. Each does its work once and
 * says how many operations that was. A round before the first warms up and is not counted.
 */
export async function interleaved(
  one: () => Promise<number>,
  two: () => Promise<number>,
  howOften = 9,
): Promise<[Round[], Round[]]> {
  const rounds: [Round[], Round[]] = [[], []]
  for (let round = 0; round <= howOften; round++) {
    // Who goes first alternates: the first may pay for the other's garbage.
    const order = round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)
    for (const index of order) {
      const timed = await time(index === 0 ? one : two)
      if (round > 0) rounds[index].push(timed)
    }
  }
  return rounds
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** How many times as fast the first was: the median over the rounds. */
export function ratioOf(unit: keyof Round, ours: readonly Round[], theirs: readonly Round[]): number {
  return median(ours.map((round, index) => round[unit] / (theirs[index]?.[unit] ?? Number.NaN)))
}

async function time(work: () => Promise<number>): Promise<Round> {
  const startedAt = performance.now()
  const cpuAtStart = process.cpuUsage()
  const operations = await work()
  const elapsedMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpuAtStart)
  return { rate: (operations / elapsedMs) * 1_000, cpuRate: (operations / (user + system)) * 1_000_000 }
}
