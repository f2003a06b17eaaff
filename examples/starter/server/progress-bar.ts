import type { ReconcileProgress } from '@yourorg/interaqt-logto/interaqt'

const WIDTH = 30
const CLEAR_LINE = '\r\u001b[K'

/** Where the bar is drawn: `process.stderr`. */
export interface Output {
  isTTY?: boolean
  write(text: string): unknown
}

/**
 * Shows how far a reconcile is. A terminal gets one line that is drawn over. A log gets a line of its own for each tenth
 * of the users.
 */
export function createProgressBar(output: Output) {
  let lastStep: unknown
  return {
    show(progress: ReconcileProgress): void {
      if (output.isTTY) {
        output.write(`${CLEAR_LINE}${barOf(progress)}${lineOf(progress)}`)
        return
      }
      const step = stepOf(progress)
      if (step !== lastStep) output.write(`${lineOf(progress)}\n`)
      lastStep = step
    },
    clear(): void {
      if (output.isTTY) output.write(CLEAR_LINE)
    },
  }
}

function barOf(progress: ReconcileProgress): string {
  const share = shareOf(progress)
  if (share === undefined) return ''
  const done = Math.round(share * WIDTH)
  return `${'█'.repeat(done)}${'░'.repeat(WIDTH - done)} `
}

function lineOf(progress: ReconcileProgress): string {
  const { phase, scanned, total, ms, created, updated, suspended, deleted, failed } = progress
  const repaired = created + updated + suspended + deleted
  const counts = `${repaired} repaired${failed ? `, ${failed} failed` : ''}`
  if (phase === 'deletions') return `${scanned} users compared, looking for deleted ones; ${counts}`
  const share = shareOf(progress)
  if (!share) return `${scanned} users; ${counts}`
  const secondsLeft = Math.ceil((ms / share - ms) / 1_000)
  return `${Math.floor(share * 100)} % of ${total} users, ${durationOf(secondsLeft)} left; ${counts}`
}

/** From 0 to 1; undefined while the end is not known: Logto stops counting at some size. */
function shareOf({ phase, scanned, total }: ReconcileProgress): number | undefined {
  // Users can be added meanwhile.
  return total && phase === 'users' ? Math.min(scanned / total, 1) : undefined
}

function stepOf(progress: ReconcileProgress): unknown {
  const share = shareOf(progress)
  if (share !== undefined) return Math.floor(share * 10)
  return progress.phase === 'users' ? Math.floor(progress.scanned / 10_000) : progress.phase
}

function durationOf(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`
}
