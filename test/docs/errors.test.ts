import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorCodes } from './error-codes.js'
import { ROOT, readPage } from './markdown.js'

/** Where the codes of a folder stand that has no union of them. */
const HEADINGS: Record<string, string[]> = {
  http: ['Answers of the HTTP app', 'ListenError'],
  cli: ['CliError'],
}

const { unions, folders } = errorCodes(sources())
const sections = sectionsOf(readPage('docs/errors.md'))

describe('docs/errors.md', () => {
  it.each([...unions])('has under its heading every code of %s, and no other', (type, codes) => {
    expect(sections.get(type.replace(/Code$/, ''))).toEqual(codes)
  })

  it.each([...folders].filter(([, codes]) => codes.size > 0))(
    'has every code that src/%s gives',
    (folder, codes) => {
      const headings = HEADINGS[folder] ?? [...sections.keys()]
      const onThePage = new Set(headings.flatMap((heading) => sections.get(heading) ?? []))
      expect([...codes].filter((code) => !onThePage.has(code)).sort()).toEqual([])
    },
  )

  it('has no code that nothing gives', () => {
    const given = new Set([...folders.values()].flatMap((codes) => [...codes]))
    expect([...sections.values()].flat().filter((code) => !given.has(code))).toEqual([])
  })
})

// A reader of sources that misses a way to name a code would let the page go stale.
it('finds a code, however it is named', () => {
  const folder = mkdtempSync(join(ROOT, 'node_modules/.cache-error-codes-'))
  try {
    const file = join(folder, 'example.ts')
    writeFileSync(
      file,
      `export type ExampleErrorCode = 'in_a_union' | 'in_it_too'
      class Refusal extends Error { constructor(readonly status: number, readonly code: string) { super(code) } }
      const DEFAULT_CODES: Record<number, string> = { 400: 'in_a_table' }
      export const refuse = (isGone: boolean) => new Refusal(404, isGone ? 'as_an_argument' : 'or_another')
      export const answer = { error: { code: 'in_an_answer', message: 'A message.' } }
      export const assigned = Object.assign(new Error('A message'), { code: 'assigned' })
      export class Listen extends Error { declare readonly code: 'at_a_property' }
      export function nameCodeOf(kind?: string) { return kind === 'string' ? kind : 'from_a_function' }
      export function describe(status: number) {
        const code = DEFAULT_CODES[status] ?? 'as_a_fallback'
        return code
      }
      declare const other: { code: 'THEIRS_IN_CAPITALS' }
      export const lowered = new Refusal(409, other.code.toLowerCase())`,
    )
    expect([...([...errorCodes([file]).folders.values()][0] ?? [])].sort()).toEqual([
      'as_a_fallback',
      'as_an_argument',
      'assigned',
      'at_a_property',
      'from_a_function',
      'in_a_table',
      'in_a_union',
      'in_an_answer',
      'in_it_too',
      'or_another',
      'theirs_in_capitals',
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

function sources(): string[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(ROOT, 'src', name))
}

/** The codes of each section, by its heading: they stand in the first column of its table. */
function sectionsOf(page: string): Map<string, string[]> {
  return new Map(
    page
      .split(/^## /m)
      .slice(1)
      .map((section) => {
        const cells = [...section.matchAll(/^\| ([^|]+) \|/gm)].map((match) => match[1] ?? '')
        const codes = cells.flatMap((cell) =>
          [...cell.matchAll(/`([a-z_]+)`/g)].map((match) => match[1] ?? ''),
        )
        return [/^[^(\n]+/.exec(section)?.[0].trim() ?? '', codes.sort()]
      }),
  )
}
