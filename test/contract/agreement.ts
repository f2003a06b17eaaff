import { stripVTControlCharacters } from 'node:util'

/** How one case ended. */
export interface CaseResult {
  /** The area that the case is about. */
  subject: string
  name: string
  state: 'agrees' | 'differs' | 'not run'
  /** What was expected and what came. */
  difference?: string
}

/** As much of a difference as a reader needs to know which field it is about. */
const MAX_DIFFERENCE_LINES = 20
/** An issue on GitHub has at most 65,536 characters, and one issue holds two reports. */
const MAX_REPORT_LENGTH = 30_000

/**
 * The report of a run, in Markdown: agreements and differences by area, then each difference.
 *
 * @param logto - which Logto was asked, and which version it is.
 */
export function agreementOf(logto: string, results: readonly CaseResult[]): string {
  const areas = [...new Set(results.map(({ subject }) => subject))].toSorted()
  const rows = areas.map((area) =>
    row(
      area,
      results.filter(({ subject }) => subject === area),
    ),
  )
  const differing = results.filter(({ state }) => state === 'differs')
  const report = [
    `# Contract with ${logto}`,
    '',
    '| area | cases | agree | differ | not run |',
    '|---|---|---|---|---|',
    ...rows,
    row('all', results),
    ...(differing.length > 0 ? ['', '## Differences', ...differing.flatMap(described)] : []),
  ].join('\n')
  return report.length <= MAX_REPORT_LENGTH ? report : `${report.slice(0, MAX_REPORT_LENGTH)}\n… and more.`
}

function row(subject: string, cases: readonly CaseResult[]): string {
  const count = (state: CaseResult['state']) => cases.filter((one) => one.state === state).length
  return `| ${subject} | ${cases.length} | ${count('agrees')} | ${count('differs')} | ${count('not run')} |`
}

function described({ subject, name, difference = 'no reason was given' }: CaseResult): string[] {
  const lines = stripVTControlCharacters(difference).split('\n')
  const shown = lines.slice(0, MAX_DIFFERENCE_LINES).map((line) => `    ${line.slice(0, 200)}`)
  if (lines.length > MAX_DIFFERENCE_LINES) shown.push('    …')
  return ['', `**${subject}**: ${name}`, '', ...shown]
}
