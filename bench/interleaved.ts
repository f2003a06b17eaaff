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
  const [ours = [], theirs = []] = await interleavedAll([one, two], howOften)
  return [ours, theirs]
}

/** The same with any number of pieces of work. */
export async function interleavedAll(
  works: readonly (() => Promise<number>)[],
  howOften: number,
): Promise<Round[][]> {
  const rounds: Round[][] = works.map(() => [])
  for (let round = 0; round <= howOften; round++) {
    // Who comes after whom changes from round to round: the next pays for the garbage of the one before.
    const order = [...works.keys()].map((index) => (index + round) % works.length)
    for (const index of round % 2 === 0 ? order : order.reverse()) {
      const work = works[index]
      if (!work) continue
      const timed = await time(work)
      if (round > 0) rounds[index]?.push(timed)
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
  return median(ratiosOf(unit, ours, theirs))
}

/** Between which ratios the middle half of the rounds was: how much a single round says. */
export function spreadOf(
  unit: keyof Round,
  ours: readonly Round[],
  theirs: readonly Round[],
): [number, number] {
  const sorted = ratiosOf(unit, ours, theirs).sort((a, b) => a - b)
  const at = (fraction: number) => sorted[Math.floor(sorted.length * fraction)] ?? Number.NaN
  return [at(0.25), at(0.75)]
}

function ratiosOf(unit: keyof Round, ours: readonly Round[], theirs: readonly Round[]): number[] {
  return ours.map((round, index) => round[unit] / (theirs[index]?.[unit] ?? Number.NaN))
}

async function time(work: () => Promise<number>): Promise<Round> {
  const startedAt = performance.now()
  const cpuAtStart = process.cpuUsage()
  const operations = await work()
  const elapsedMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpuAtStart)
  return { rate: (operations / elapsedMs) * 1_000, cpuRate: (operations / (user + system)) * 1_000_000 }
}
