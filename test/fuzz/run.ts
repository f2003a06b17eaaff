/**
 * Looks for inputs that break what must hold: `npm run fuzz -- 600` for 600 seconds over all targets. A finding is printed
 * with the command that repeats it, and ends the run with 1.
 */
import { parseArgs } from 'node:util'
import type { Limits, Target } from './target.js'
import { TARGETS } from './targets.js'

const DEFAULT_SECONDS = 60
/** Every so often a target gets another seed, so that a finding is repeated quickly. */
const SLICE_MS = 5_000

const USAGE = `Usage: npm run fuzz -- [seconds, default ${DEFAULT_SECONDS}] [--target name …] [--seed number] [--path path]
Targets: ${TARGETS.map(({ name }) => name).join(', ')}`

const { seconds, seed, path, targets } = settingsOf(process.argv.slice(2))
console.log(`fuzz: ${targets.map(({ name }) => name).join(', ')}; ${seconds} s, seed ${seed}`)
const fuzzers = await Promise.all(
  targets.map(async (target) => ({ target, fuzzer: await target.open(), runs: 0 })),
)
const started = performance.now()
const left = () => seconds * 1_000 - (performance.now() - started)
let isFound = false

for (let round = 0; left() > 0 && !isFound && (round === 0 || path === undefined); round++) {
  for (const [index, entry] of fuzzers.entries()) {
    const share = left() / (fuzzers.length - index)
    if (share <= 0) break
    const limits: Limits = {
      seed: (seed + round) | 0,
      milliseconds: Math.min(share, SLICE_MS),
      ...(path !== undefined && { path }),
    }
    const began = performance.now()
    const { runs, report, path: found } = await entry.fuzzer.check(limits)
    entry.runs += runs
    const took = ((performance.now() - began) / 1_000).toFixed(1)
    console.log(
      `${report === undefined ? 'ok  ' : 'FAIL'}  ${entry.target.name.padEnd(14)}  seed ${limits.seed}  ${runs} runs in ${took} s`,
    )
    if (report === undefined) continue
    console.log(`\n${entry.target.name}: ${entry.target.holds}\n${report}\n`)
    console.log(`Again: npm run fuzz -- --target ${entry.target.name} --seed ${limits.seed} --path ${found}`)
    isFound = true
    break
  }
}

console.log()
for (const { target, fuzzer, runs } of fuzzers) {
  const outcomes = [...fuzzer.outcomes]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
  console.log(`${target.name.padEnd(14)}  ${runs} runs: ${outcomes.join(', ')}`)
  await fuzzer.close()
}
console.log(isFound ? 'fuzz: found something' : 'fuzz: nothing found')
process.exit(isFound ? 1 : 0)

function settingsOf(args: string[]): {
  seconds: number
  seed: number
  path: string | undefined
  targets: Target[]
} {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        seed: { type: 'string' },
        path: { type: 'string' },
        target: { type: 'string', multiple: true },
      },
    })
    const [duration = String(DEFAULT_SECONDS), ...others] = positionals
    if (others.length > 0) throw new Error(`One number of seconds was expected, got ${positionals.join(' ')}`)
    const names = values.target ?? TARGETS.map(({ name }) => name)
    return {
      seconds: numberOf(duration, 'seconds', /^\d+(\.\d+)?$/),
      seed: values.seed === undefined ? Date.now() | 0 : numberOf(values.seed, 'the seed', /^-?\d+$/),
      path: values.path,
      targets: names.map(targetOf),
    }
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`)
    process.exit(2)
  }
}

function numberOf(text: string, what: string, form: RegExp): number {
  if (form.test(text)) return Number(text)
  throw new Error(`A number was expected for ${what}, got ${JSON.stringify(text)}`)
}

function targetOf(name: string): Target {
  const found = TARGETS.find((target) => target.name === name)
  if (found) return found
  throw new Error(`There is no target ${JSON.stringify(name)}`)
}
