import { join, relative } from 'node:path'
import ts from 'typescript'
import { ROOT } from './markdown.js'

export interface ErrorCodes {
  /** Members of each exported union `…ErrorCode`, by its name. */
  unions: Map<string, string[]>
  /** Every code that a folder of src/ can give to its caller. */
  folders: Map<string, Set<string>>
}

// What these answer are Logto's codes, not ours; their own failures are errors made by Object.assign.
const EMULATES_LOGTO = /^(testing|embedded)$/

/**
 * Reads the codes out of the sources: unions named `…ErrorCode`; literals passed for a parameter named `code`; `code`
 * properties of answers and errors; tables named `…CODES`, variables named `code`, functions named `…CodeOf`.
 */
export function errorCodes(files: string[]): ErrorCodes {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT)
  const program = ts.createProgram({ rootNames: files, options })
  const checker = program.getTypeChecker()
  const codes: ErrorCodes = { unions: new Map(), folders: new Map() }

  for (const file of files) {
    const source = program.getSourceFile(file)
    if (!source) throw new Error(`${file} cannot be read`)
    const folder = relative(join(ROOT, 'src'), file).split(/[\\/]/)[0] ?? ''
    const found = codes.folders.get(folder) ?? new Set()
    codes.folders.set(folder, found)
    const visit = (node: ts.Node): void => {
      if (ts.isTypeAliasDeclaration(node) && node.name.text.endsWith('ErrorCode')) {
        const members = literalsOf(checker.getTypeAtLocation(node))
        codes.unions.set(node.name.text, members.sort())
        for (const code of members) found.add(code)
      }
      for (const code of codesAt(node, checker, EMULATES_LOGTO.test(folder))) found.add(code)
      ts.forEachChild(node, visit)
    }
    visit(source)
  }
  return codes
}

function codesAt(node: ts.Node, checker: ts.TypeChecker, isEmulation: boolean): string[] {
  if (isEmulation) return isErrorWithCode(node) ? codeProperties(node.arguments[1], checker) : []
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) return codeArguments(node, checker)
  if (ts.isParameter(node) || ts.isPropertyDeclaration(node))
    return node.name.getText() === 'code' ? ownCodes(literalsOf(checker.getTypeAtLocation(node))) : []
  if (ts.isVariableDeclaration(node) && node.initializer) {
    if (/CODES/.test(node.name.getText())) return propertyValues(node.initializer, checker)
    if (node.name.getText() === 'code') return ownCodes(valuesOf(node.initializer))
  }
  if (ts.isFunctionDeclaration(node) && node.name?.text.endsWith('CodeOf')) return ownCodes(returnedBy(node))
  return codeProperties(node, checker)
}

function codeArguments(node: ts.CallExpression | ts.NewExpression, checker: ts.TypeChecker): string[] {
  const parameters = checker.getResolvedSignature(node)?.getParameters() ?? []
  const position = parameters.findIndex(({ name }) => name === 'code')
  const argument = node.arguments?.[position]
  return argument ? literalsIn(argument, checker) : []
}

function codeProperties(node: ts.Node | undefined, checker: ts.TypeChecker): string[] {
  if (!node || !ts.isObjectLiteralExpression(node)) return []
  return node.properties
    .filter(ts.isPropertyAssignment)
    .filter(({ name }) => name.getText() === 'code')
    .flatMap(({ initializer }) => literalsIn(initializer, checker))
}

function propertyValues(node: ts.Expression, checker: ts.TypeChecker): string[] {
  if (!ts.isObjectLiteralExpression(node)) return []
  return node.properties
    .filter(ts.isPropertyAssignment)
    .flatMap(({ initializer }) => literalsIn(initializer, checker))
}

// Interaqt's codes are in capitals; what we hand on is in lower case.
function literalsIn(node: ts.Expression, checker: ts.TypeChecker): string[] {
  if (ts.isConditionalExpression(node))
    return [...literalsIn(node.whenTrue, checker), ...literalsIn(node.whenFalse, checker)]
  const lowered =
    ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)
      ? node.expression.name.text === 'toLowerCase' && node.expression.expression
      : false
  const literals = literalsOf(checker.getTypeAtLocation(lowered || node))
  return ownCodes(lowered ? literals.map((literal) => literal.toLowerCase()) : literals)
}

/** Literals that an expression can come to, whatever it asks on the way. */
function valuesOf(node: ts.Expression): string[] {
  if (ts.isStringLiteral(node)) return [node.text]
  if (ts.isParenthesizedExpression(node)) return valuesOf(node.expression)
  if (ts.isConditionalExpression(node)) return [...valuesOf(node.whenTrue), ...valuesOf(node.whenFalse)]
  if (ts.isBinaryExpression(node) && /^(\?\?|\|\|)$/.test(node.operatorToken.getText()))
    return [...valuesOf(node.left), ...valuesOf(node.right)]
  return []
}

function returnedBy(node: ts.Node): string[] {
  if (ts.isReturnStatement(node)) return node.expression ? valuesOf(node.expression) : []
  const returned: string[] = []
  ts.forEachChild(node, (child) => {
    returned.push(...returnedBy(child))
  })
  return returned
}

const ownCodes = (literals: string[]): string[] =>
  literals.filter((literal) => /^[a-z]+(_[a-z]+)*$/.test(literal))

function literalsOf(type: ts.Type): string[] {
  return (type.isUnion() ? type.types : [type])
    .filter((member) => member.isStringLiteral())
    .map(({ value }) => value)
}

function isErrorWithCode(node: ts.Node): node is ts.CallExpression {
  return ts.isCallExpression(node) && node.expression.getText() === 'Object.assign'
}
