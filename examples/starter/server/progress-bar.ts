import type { ReconcileProgress } from '@yourorg/interaqt-logto/interaqt'

const WIDTH = 30
const CLEAR_LINE = '\r\u001b[K'

/** A terminal, as far as the bar needs one. */
export interface Terminal {
  isTTY?: boolean
  write(text: string): unknown
}

/** Draws how far a reconcile has come, on one line of a terminal. In a log, where a line cannot be drawn over, it draws nothing. */
export function createProgressBar(terminal: Terminal) {
  return {
    show(progress: ReconcileProgress): void {
      if (terminal.isTTY) terminal.write(`${CLEAR_LINE}${lineOf(progress)}`)
    },
    clear(): void {
      if (terminal.isTTY) terminal.write(CLEAR_LINE)
    },
  }
}

function lineOf({
  phase,
  scanned,
  total,
  created,
  updated,
  suspended,
  deleted,
  failed,
}: ReconcileProgress): string {
  const repaired = created + updated + suspended + deleted
  const counts = `${repaired} repaired${failed ? `, ${failed} failed` : ''}`
  if (phase === 'deletions') return `${scanned} users compared, looking for deleted ones; ${counts}`
  // Logto stops counting at some size, and users can be added meanwhile.
  if (!total) return `${scanned} users; ${counts}`
  const share = Math.min(scanned / total, 1)
  const done = Math.round(share * WIDTH)
  const bar = '█'.repeat(done) + '░'.repeat(WIDTH - done)
  return `${bar} ${Math.floor(share * 100)} % of ${total} users; ${counts}`
}
