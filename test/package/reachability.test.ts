import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { closureOf, modulesIn, packagesOf } from './closure.js'

const DIST = resolve(import.meta.dirname, '../../dist')

/** The packages that each entry, with its chunks, imports: all that has to be installed for it. */
const PACKAGES: Record<string, string[]> = {
  browser: ['@logto/browser'],
  'browser-session': [],
  react: ['react'],
  server: ['jose'],
  webhook: ['node:', 'zod'],
  interaqt: ['interaqt', 'node:'],
  http: ['@hono/node-server', 'hono', 'interaqt', 'node:', 'zod'],
  session: ['@logto/node', 'hono', 'jose', 'node:'],
  testing: ['hash-wasm', 'jose', 'msw', 'node:', 'zod'],
  embedded: ['@hono/node-server', 'hash-wasm', 'hono', 'jose', 'node:', 'oidc-provider', 'zod'],
  cli: ['@clack/prompts', '@yourorg/interaqt-logto', 'commander', 'hash-wasm', 'jose', 'node:', 'zod'],
}
const ENTRIES = Object.keys(PACKAGES)
const IN_PRODUCTION = ENTRIES.filter((entry) => !['testing', 'embedded', 'cli'].includes(entry))

const filesOf = (entry: string) => closureOf(`${entry}.js`, DIST)

/**
 * What an entry has of the test Logto: modules and packages. Packages by their names anywhere in the text, so that a
 * computed import does not hide them.
 */
function partsOfTestLogto(entry: string): string[] {
  const files = filesOf(entry)
  const modules = files.flatMap(modulesIn)
  expect(modules.length, `dist/${entry}.js and its chunks name their modules`).toBeGreaterThan(0)
  const packages = files.flatMap(({ text }) => text.match(/oidc-provider|\bmsw\b/g) ?? [])
  return [...modules.filter((path) => /^src\/(testing|embedded)\//.test(path)), ...packages]
}

describe('an entry and its chunks', () => {
  it.each(IN_PRODUCTION)('%s: have nothing of the test Logto', (entry) => {
    expect(partsOfTestLogto(entry)).toEqual([])
  })

  it.each(ENTRIES)(
    '%s: import its packages and no others, so that a chunk brings no peer of another entry',
    (entry) => {
      expect(packagesOf(filesOf(entry))).toEqual(PACKAGES[entry])
    },
  )

  it('would be found to have the test Logto: embedded and testing have all of it', () => {
    expect(partsOfTestLogto('embedded')).toEqual(
      expect.arrayContaining(['src/embedded/start.ts', 'src/testing/state/state.ts', 'oidc-provider']),
    )
    expect(partsOfTestLogto('testing')).toEqual(expect.arrayContaining(['src/testing/state/state.ts', 'msw']))
  })
})

describe('the build', () => {
  it('has each source file once, so that a class is one class whichever entry it is imported from', () => {
    const built = new Map(ENTRIES.flatMap(filesOf).map((file) => [file.path, file]))
    const modules = [...built.values()].flatMap(modulesIn)
    expect(modules.length).toBeGreaterThan(100)
    expect(modules.filter((path, index) => modules.indexOf(path) !== index)).toEqual([])
  })

  it('has nothing of an earlier one: some entry reaches every file', () => {
    const files = readdirSync(DIST).filter((name) => name.endsWith('.js'))
    expect(files.sort()).toEqual([...new Set(ENTRIES.flatMap(filesOf).map(({ path }) => path))].sort())
  })
})
