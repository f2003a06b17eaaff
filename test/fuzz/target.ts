import fc from 'fast-check'

/** One thing that reads what an attacker wrote, and what must hold whatever that is. */
export interface Target {
  name: string
  /** What must hold, in one sentence. */
  holds: string
  /** Outcomes that a few hundred runs reach. Without them the target would say little. */
  reaches: readonly string[]
  open(): Promise<Fuzzer>
}

/** A target that is ready to run. */
export interface Fuzzer {
  /** How often each outcome came. */
  outcomes: ReadonlyMap<string, number>
  check(limits: Limits): Promise<Finding>
  close(): Promise<void>
}

/** How long to look, and where to begin. */
export interface Limits {
  seed: number
  /** Leads to one input again, as a finding prints it. */
  path?: string
  /** Default: no limit but that of time. */
  runs?: number
  milliseconds?: number
}

/** What came of it. */
interface Finding {
  runs: number
  /** The input that broke the rule, made as small as possible, with seed and path; absent when none did. */
  report?: string
  path?: string
}

/**
 * Makes a fuzzer of inputs and what is done with each.
 *
 * @param run - returns the name of the outcome, such as the code of a refusal; throws when what must hold does not.
 */
export function fuzzerOf<Input>(
  inputs: fc.Arbitrary<Input>,
  run: (input: Input) => string | Promise<string>,
  close: () => void | Promise<void> = () => {},
): Fuzzer {
  const outcomes = new Map<string, number>()
  let running: Promise<string> | undefined
  const property = fc.asyncProperty(inputs, async (input) => {
    running = Promise.resolve(input).then(run)
    const outcome = await running
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  })
  return {
    outcomes,
    async check({ seed, path, runs = Number.MAX_SAFE_INTEGER, milliseconds }) {
      const details = await fc.check(property, {
        seed,
        numRuns: runs,
        ...(path !== undefined && { path, endOnFailure: true }),
        ...(milliseconds !== undefined && {
          interruptAfterTimeLimit: milliseconds,
          markInterruptAsFailure: false,
        }),
      })
      // At the end of its time fast-check leaves a run behind, whose requests would be taken for those of the next.
      await running?.catch(() => {})
      if (!details.failed) return { runs: details.numRuns }
      const { errorInstance } = details
      const reason =
        errorInstance instanceof Error
          ? (errorInstance.stack ?? errorInstance.message)
          : String(errorInstance)
      const report = `${reason}\n${fc.defaultReportMessage(details) ?? ''}`
      return { runs: details.numRuns, report, path: details.counterexamplePath ?? '' }
    },
    close: async () => close(),
  }
}

/** @throws Error with this message, when something that must hold does not. */
export function must(condition: boolean, message: string): void {
  if (!condition) throw new Error(message)
}
