import ts from 'typescript'

/** A file without one of its parts. */
export interface LeftOut {
  /** The part: a statement, an imported name, an option, a spread, an element of a list. */
  part: string
  /** Names in it, one of which an error about it has to say. */
  names: string[]
  code: string
}

/** Every file that comes of leaving out one part. */
export function leaveOutEach(code: string): LeftOut[] {
  const file = ts.createSourceFile('server.ts', code, ts.ScriptTarget.ES2022, true)
  const found: LeftOut[] = []
  const visit = (node: ts.Node): void => {
    if (isPart(node)) found.push(without(node, code))
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

function isPart(node: ts.Node): boolean {
  return (
    (ts.isStatement(node) && ts.isSourceFile(node.parent)) ||
    ts.isImportSpecifier(node) ||
    ts.isObjectLiteralElement(node) ||
    (ts.isExpression(node) && ts.isArrayLiteralExpression(node.parent))
  )
}

function without(node: ts.Node, code: string): LeftOut {
  const end = node.getEnd()
  const comma = /^\s*,/.exec(code.slice(end))?.[0] ?? ''
  return {
    part: node.getText().replace(/\s+/g, ' '),
    names: namesIn(node),
    code: code.slice(0, node.getStart()) + code.slice(end + comma.length),
  }
}

/** The names and texts in it; of a variable its own name, by which everything after it misses it. */
function namesIn(node: ts.Node): string[] {
  if (ts.isVariableStatement(node)) return node.declarationList.declarations.map(({ name }) => name.getText())
  const names: string[] = []
  const collect = (inner: ts.Node): void => {
    if (ts.isIdentifier(inner) || ts.isStringLiteral(inner)) names.push(inner.text)
    ts.forEachChild(inner, collect)
  }
  collect(node)
  return names
}
