import { expect, it } from 'vitest'
import { readPage } from '../docs/markdown.js'

/** A row of the page about symptoms. */
export interface SymptomRow {
  id: string
  /** What one sees: the lines as the page quotes them, with `…` for what differs from case to case. */
  quotes: string[]
}

export const SYMPTOMS_PAGE = 'docs/recipes/troubleshooting.md'

/** The rows of the page: each begins with `<a id="…"></a>`, and its first cell quotes what one sees. */
export function symptomRows(): SymptomRow[] {
  return [...readPage(SYMPTOMS_PAGE).matchAll(/^\| <a id="([\w-]+)"><\/a>(.*?) \|/gm)].map(
    ([, id = '', cell = '']) => ({
      id,
      // A quote with backticks in it stands between double ones.
      quotes: [...cell.matchAll(/``\s?(.+?)\s?``|`([^`]+)`/g)].map(
        ([, double, single = '']) => double ?? single,
      ),
    }),
  )
}

/**
 * Makes one mistake, and expects that the lines that the page quotes for it can be seen, each on one line.
 *
 * @param id - of the page's row.
 * @param makeMistake - resolves with all that a person can see then: answers, pages, and what was printed.
 */
export function symptom(id: string, makeMistake: () => Promise<readonly string[]>): void {
  it(`${id} is seen as the page says`, async () => {
    const row = symptomRows().find((one) => one.id === id)
    if (!row) throw new Error(`${SYMPTOMS_PAGE} has no row "${id}"`)
    const seen = (await makeMistake()).flatMap((text) => text.split('\n'))
    expect(row.quotes.length).toBeGreaterThan(0)
    for (const quote of row.quotes) {
      if (!seen.some((line) => isQuotedBy(line, quote))) {
        expect.fail(`Nobody sees "${quote}" on one line, but:\n${seen.join('\n')}`)
      }
    }
  })
}

/** Whether a line has the parts of a quote, in this order. */
function isQuotedBy(line: string, quote: string): boolean {
  const parts = quote.split('…').map((part) => part.trim())
  let from = 0
  return parts.every((part) => {
    const at = line.indexOf(part, from)
    from = at + part.length
    return at >= 0
  })
}
