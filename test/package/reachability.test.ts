import { resolve } from 'node:path'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

/** Entries that run in production. */
const ENTRIES = {
  './browser': 'src/browser/index.ts',
  './browser/session': 'src/session/browser/index.ts',
  './server': 'src/server/index.ts',
  './webhook': 'src/webhook/index.ts',
  './interaqt': 'src/interaqt/index.ts',
  './http': 'src/http/index.ts',
  './react': 'src/react/index.ts',
  './session': 'src/session/index.ts',
}

const FORBIDDEN_FOLDERS = /^src\/(testing|embedded)\//
const FORBIDDEN_PACKAGES = ['oidc-provider', 'msw']

/** The chain of imports from an entry to each thing that must not be reachable from it. */
async function leaksOf(entry: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    packages: 'external',
    write: false,
    metafile: true,
    outdir: 'out',
  })
  const importers = new Map<string, string>()
  const leaks: string[] = []
  for (const [file, { imports }] of Object.entries(metafile.inputs)) {
    for (const { path } of imports) {
      importers.set(path, importers.get(path) ?? file)
      const leaked =
        FORBIDDEN_FOLDERS.test(path) ||
        FORBIDDEN_PACKAGES.some((name) => path === name || path.startsWith(`${name}/`))
      if (leaked) leaks.push(chainTo(path, importers))
    }
  }
  return leaks
}

function chainTo(path: string, importers: ReadonlyMap<string, string>): string {
  const chain = [path]
  for (let file = importers.get(path); file && !chain.includes(file); file = importers.get(file))
    chain.unshift(file)
  return chain.join(' -> ')
}

it.each(Object.entries(ENTRIES))('%s reaches nothing of the test Logto', async (_name, entry) => {
  expect(await leaksOf(entry)).toEqual([])
})

it('would notice: the embedded entry reaches all of it', async () => {
  const leaks = await leaksOf('src/embedded/index.ts')
  expect(leaks.some((leak) => leak.endsWith('oidc-provider'))).toBe(true)
  expect(leaks.some((leak) => leak.includes('src/testing/'))).toBe(true)
})
