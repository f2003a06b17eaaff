import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const DIST = resolve(import.meta.dirname, '../../dist')

/** Entries that run in production, by their built file. */
const ENTRIES = ['browser', 'browser-session', 'server', 'webhook', 'interaqt', 'http', 'react', 'session']

/**
 * What a built file has of the test Logto: modules, by the comment that esbuild puts before each, and packages, by
 * their names anywhere in the text, so that neither a static nor a computed import hides them.
 */
function partsOfTestLogto(entry: string): string[] {
  const text = readFileSync(resolve(DIST, `${entry}.js`), 'utf8')
  const modules = [...text.matchAll(/^\/\/ (src\/\S+)$/gm)].map(([, path = '']) => path)
  expect(modules.length, `dist/${entry}.js names its modules`).toBeGreaterThan(0)
  const packages = text.match(/oidc-provider|\bmsw\b/g) ?? []
  return [...modules.filter((path) => /^src\/(testing|embedded)\//.test(path)), ...packages]
}

it.each(ENTRIES)('dist/%s.js has nothing of the test Logto', (entry) => {
  expect(partsOfTestLogto(entry)).toEqual([])
})

it('would notice: dist/embedded.js and dist/testing.js have all of it', () => {
  const embedded = partsOfTestLogto('embedded')
  expect(embedded).toEqual(
    expect.arrayContaining(['src/embedded/start.ts', 'src/testing/state/state.ts', 'oidc-provider']),
  )
  expect(partsOfTestLogto('testing')).toEqual(expect.arrayContaining(['src/testing/state/state.ts', 'msw']))
})
