import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { ROOT, readPage } from './markdown.js'

/** Heading on the page, and the type whose members are its codes. */
const CODES: [heading: string, file: string, type: string][] = [
  ['AuthError', 'src/server/auth-error.ts', 'AuthErrorCode'],
  ['ManagementError', 'src/server/management-error.ts', 'ManagementErrorCode'],
  ['WebhookError', 'src/webhook/errors.ts', 'WebhookErrorCode'],
  ['SyncError', 'src/interaqt/errors.ts', 'SyncErrorCode'],
  ['SignInError', 'src/browser/errors.ts', 'SignInErrorCode'],
  ['NetworkError', 'src/browser/errors.ts', 'NetworkErrorCode'],
  ['SessionError', 'src/session/errors.ts', 'SessionErrorCode'],
]

describe('docs/errors.md has every code, and no other', () => {
  const members = membersOf(CODES.map(([, file, type]) => ({ file, type })))

  it.each(CODES)('%s', (heading, _file, type) => {
    expect(codesUnder(heading)).toEqual(members.get(type))
  })
})

// The codes stand in the first column of the section's table.
function codesUnder(heading: string): string[] {
  const section =
    readPage('docs/errors.md')
      .split(/^## /m)
      .find((text) => text.startsWith(heading)) ?? ''
  const cells = [...section.matchAll(/^\| ([^|]+) \|/gm)].map((match) => match[1] ?? '')
  return cells.flatMap((cell) => [...cell.matchAll(/`([a-z_]+)`/g)].map((match) => match[1] ?? '')).sort()
}

function membersOf(types: { file: string; type: string }[]): Map<string, string[]> {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT)
  const program = ts.createProgram({ rootNames: types.map(({ file }) => join(ROOT, file)), options })
  const checker = program.getTypeChecker()
  return new Map(
    types.map(({ file, type }) => {
      const source = program.getSourceFile(join(ROOT, file))
      const symbol = source && checker.getSymbolAtLocation(source)
      const exported = symbol && checker.getExportsOfModule(symbol).find(({ name }) => name === type)
      if (!exported) throw new Error(`${file} exports no ${type}`)
      const union = checker.getDeclaredTypeOfSymbol(exported)
      const literals = (union.isUnion() ? union.types : [union]).filter((member) => member.isStringLiteral())
      return [type, literals.map((member) => member.value).sort()]
    }),
  )
}
