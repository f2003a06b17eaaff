import { CliError } from '../cli-error.js'
import { missingFrom } from '../requirements.js'
import { type CommonFlags, readSettings } from '../settings.js'
import { counted, type Terminal, wrap } from '../terminal.js'
import { apiChecks } from './api-checks.js'
import { applicationChecks } from './application-checks.js'
import type { Check, CheckContext, Finding } from './check.js'
import { fileChecks } from './file-checks.js'
import { logtoChecks, machineChecks } from './logto-checks.js'
import { sessionChecks } from './session-checks.js'
import { versionChecks } from './version-checks.js'
import { webhookChecks } from './webhook-checks.js'

/** Flags of `doctor`. */
export interface DoctorFlags extends CommonFlags {
  strict?: boolean
  since?: string
}

/** The result of a check. `skipped` names the check whose failure made it pointless. */
type Result = { id: string; title: string } & (Finding | { status: 'skipped'; because: string })

const DAY_MS = 24 * 60 * 60 * 1000

/** Length of the longest title. */
const TITLE_WIDTH = 32

const CHECKS: readonly Check[] = [
  ...versionChecks.filter(({ needs }) => needs.length === 0),
  ...fileChecks,
  ...logtoChecks,
  ...versionChecks.filter(({ needs }) => needs.length > 0),
  ...machineChecks,
  ...applicationChecks,
  ...sessionChecks,
  ...apiChecks,
  ...webhookChecks,
]

/**
 * Checks that everything fits together. Changes nothing; only a signed test delivery goes to the API.
 *
 * @returns the exit code: 2 with a failure, 1 with a warning and `--strict`, else 0.
 */
export async function doctor(terminal: Terminal, flags: DoctorFlags): Promise<number> {
  const settings = await readSettings(terminal, flags)
  const context: CheckContext = { terminal, settings, since: sinceOf(flags, terminal.host.now()) }
  const results: Result[] = []
  const checks = CHECKS.filter(({ loginMode = settings.loginMode }) => loginMode === settings.loginMode)
  await terminal.during(
    'Looking',
    async (step) => {
      for (const check of checks) {
        step(check.title)
        results.push(await resultOf(check, context, results))
      }
    },
    { steps: checks.length, lastWord: `Looked at Logto ${settings.logtoEndpoint}` },
  )
  const exitCode = exitCodeOf(results, flags.strict ?? false)
  if (terminal.isJson) terminal.json({ exitCode, checks: results })
  else show(terminal, results)
  return exitCode
}

async function resultOf(check: Check, context: CheckContext, earlier: Result[]): Promise<Result> {
  const { id, title, needs } = check
  const passed = earlier.filter(({ status }) => status === 'ok' || status === 'warning').map(({ id }) => id)
  const [unmet] = missingFrom(passed, needs)
  if (unmet !== undefined) return { id, title, status: 'skipped', because: unmet }
  return { id, title, ...(await findingOf(check, context)) }
}

async function findingOf(check: Check, context: CheckContext): Promise<Finding> {
  try {
    return await check.run(context)
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    const unanswered = error.code === 'unreachable' ? check.ifUnanswered : undefined
    const remedy = unanswered ?? error.remedy ?? 'Look into the log of Logto.'
    return { status: 'failure', expected: 'an answer', found: error.message, remedy }
  }
}

function sinceOf({ since }: DoctorFlags, now: number): number {
  // Logto keeps its delivery log for a day (docs/facts.md, "Management API").
  if (since === undefined) return now - DAY_MS
  const time = Date.parse(since)
  if (!Number.isNaN(time)) return time
  const message = `--since ${JSON.stringify(since)} is no time, such as 2026-01-31T12:00:00Z.`
  throw new CliError('value_invalid', message)
}

function exitCodeOf(results: Result[], isStrict: boolean): number {
  if (results.some(({ status }) => status === 'failure')) return 2
  return isStrict && results.some(({ status }) => status === 'warning') ? 1 : 0
}

function show(terminal: Terminal, results: Result[]): void {
  for (const result of results) {
    if (result.status === 'ok') showPassed(terminal, result)
    else if (result.status === 'skipped') {
      const because = results.find(({ id }) => id === result.because)?.title
      terminal.line(terminal.style('dim', `- ${result.title}: skipped, because of "${because}"`))
    } else showProblem(terminal, result)
  }
  const count = (status: Result['status']) => results.filter((result) => result.status === status).length
  terminal.line()
  const problems = `${counted(count('warning'), 'warning')}, ${counted(count('failure'), 'failure')}`
  terminal.line(`${count('ok')} in order, ${problems}, ${count('skipped')} skipped`)
}

/** Prints the title, and what was found where that says more than what was expected. */
function showPassed(terminal: Terminal, { title, expected, found }: Finding & { title: string }): void {
  const mark = terminal.style('green', '✔')
  const detail = found === expected ? '' : wrap(found, TITLE_WIDTH + 4).trimStart()
  const label = `${mark} ${detail ? title.padEnd(TITLE_WIDTH + 2) : title}`
  terminal.line(label + (detail && terminal.style('dim', detail)))
}

function showProblem(
  terminal: Terminal,
  { title, status, expected, found, remedy }: Finding & { title: string },
): void {
  const isFailure = status === 'failure'
  terminal.line(terminal.style(isFailure ? 'red' : 'yellow', `${isFailure ? '✖' : '!'} ${title}`))
  for (const [label, text] of [
    ['expected', expected],
    ['found', found],
    ['remedy', remedy],
  ] as const) {
    // Further lines of the text begin below its first one.
    if (text) terminal.line(`    ${label.padEnd(8)}  ${wrap(text, 14).trimStart()}`)
  }
}
