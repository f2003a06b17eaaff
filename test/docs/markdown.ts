import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const ROOT: string = resolve(import.meta.dirname, '../..')

export interface CodeBlock {
  page: string
  /** 1-based line of the block's first line of code. */
  line: number
  language: string
  /** Name of the prelude that the page asked for with `<!-- with: name -->` before the block. */
  prelude: string | undefined
  /** File of the reader's that the block belongs to, as the line before it says: "`server.ts`:", "The rest of `server.ts`:". */
  file: string | undefined
  code: string
}

/** The pages that a user reads: the root's, docs/ and the examples'. */
export function pages(): string[] {
  const below = (folder: string) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !/(^|[\\/])(node_modules|reference)[\\/]/.test(name))
      .map((name) => join(folder, name))
  const root = readdirSync(ROOT).filter((name) => name.endsWith('.md'))
  return [...root, ...below('docs'), ...below('examples'), ...below('bench')].sort()
}

/** The pages that typedoc makes. */
export function referencePages(): string[] {
  return readdirSync(join(ROOT, 'docs/reference'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs/reference', name))
}

export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8')
}

export function codeBlocks(page: string): CodeBlock[] {
  const text = readPage(page)
  // One that is indented, or fenced otherwise, would go unread.
  if (/^([ \t]+```|~~~|````)(ts|js|jsx|tsx)\b|^```(js|jsx|typescript|javascript)\b/m.test(text))
    throw new Error(`${page} has code that is not a block of ts or tsx at the start of a line`)
  return [...text.matchAll(BLOCK)].map((match) => {
    const [whole, file, prelude, language = '', code = ''] = match
    const start = match.index + whole.indexOf('```')
    return { page, line: text.slice(0, start).split('\n').length + 1, language, prelude, file, code }
  })
}

const BLOCK =
  /(?:^(?:The rest of )?`([\w./-]+)`:\n+)?(?:<!-- with: ([\w-]+) -->\n+)?^```(\w+)[^\n]*\n([\s\S]*?)^```/gm

/** The files that a page tells its reader to write, by name. */
export function filesOf(page: string): Map<string, string> {
  const files = new Map<string, string>()
  for (const { file, code } of codeBlocks(page))
    if (file !== undefined) files.set(file, (files.get(file) ?? '') + code)
  return files
}
