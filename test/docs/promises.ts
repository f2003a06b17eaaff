import ts from 'typescript'

/** A row of a table whose last column says which tests hold what the others say. */
export interface PromiseRow {
  /** The cells before the last, joined. */
  promise: string
  /** The tests, in the order of the cell. */
  tests: NamedTest[]
  /** What of the last cell is neither a test nor what separates two. */
  rest: string
}

/** A test that a page names: a link to its file, and titles in quotes. */
interface NamedTest {
  /** The link's target, relative to the page. */
  file: string
  /** Titles of groups or cases; where a title is `%s` the name of a row. */
  titles: string[]
}

/** A section that consists of such tables. */
export interface PromiseSection {
  rows: PromiseRow[]
  /** Lines that are in no table: each would be a promise without a test. */
  prose: string[]
}

/** Reads the section of a page below a heading of the second level. */
export function promisesBelow(heading: string, page: string): PromiseSection {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? ''
  const lines = section.split('\n').slice(1).filter(Boolean)
  const inTables = lines.filter((line) => line.startsWith('|'))
  return {
    // A table begins with the names of its columns and a line of dashes.
    rows: inTables.filter((line, index) => !isRule(line) && !isRule(inTables[index + 1] ?? '')).map(readRow),
    prose: lines.filter((line) => !line.startsWith('|') && !line.startsWith('### ')),
  }
}

const isRule = (line: string) => /^\|[-:|\s]+\|$/.test(line)

function readRow(line: string): PromiseRow {
  const cells = line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
  const tests: NamedTest[] = []
  const rest = (cells.at(-1) ?? '').replace(/\[[^\]]+\]\(([^)]+)\)|"([^"]+)"/g, (found, file, title) => {
    if (file !== undefined) tests.push({ file, titles: [] })
    else if (tests.length === 0) return found
    else tests.at(-1)?.titles.push(title)
    return ''
  })
  return { promise: cells.slice(0, -1).filter(Boolean).join(': '), tests, rest: rest.replace(/[,;\s]/g, '') }
}

/**
 * Returns what can be named in a file of tests: titles of `describe` and `it`, of `it.each` as it is written, and where a
 * title takes the name of a row (`%s`, `$name`) those names. What is skipped or only planned cannot be named.
 */
export function titlesIn(file: string, code: string): Set<string> {
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.ES2022, true)
  const titles = new Set<string>()
  const rows = new Set<string>()
  const visit = (node: ts.Node): void => {
    const title = titleOf(node)
    if (title === 'skipped') return
    if (title !== undefined) titles.add(title.text)
    const row = nameOfRow(node)
    if (row !== undefined) rows.add(row)
    ts.forEachChild(node, visit)
  }
  visit(source)
  const takesRows = [...titles].some((title) => /%s|\$name/.test(title))
  return takesRows ? new Set([...titles, ...rows]) : titles
}

function titleOf(node: ts.Node): { text: string } | 'skipped' | undefined {
  if (!ts.isCallExpression(node)) return undefined
  const called = /^(?:it|test|describe)\b((?:\.\w+)*)/.exec(node.expression.getText())
  if (!called) return undefined
  if (/\.(skip|todo)\b/.test(called[1] ?? '')) return 'skipped'
  const [title] = node.arguments
  if (title && ts.isStringLiteralLike(title)) return { text: title.text }
  return title && ts.isTemplateExpression(title) ? { text: title.getText().slice(1, -1) } : undefined
}

/** The name of a row: the first text of a list in a list, or the member `name` of an object in one. */
function nameOfRow(node: ts.Node): string | undefined {
  if (!node.parent || !ts.isArrayLiteralExpression(node.parent)) return undefined
  if (ts.isArrayLiteralExpression(node)) {
    const [first] = node.elements
    return first && ts.isStringLiteralLike(first) ? first.text : undefined
  }
  if (!ts.isObjectLiteralExpression(node)) return undefined
  const name = node.properties.filter(ts.isPropertyAssignment).find((one) => one.name.getText() === 'name')
  return name && ts.isStringLiteralLike(name.initializer) ? name.initializer.text : undefined
}
