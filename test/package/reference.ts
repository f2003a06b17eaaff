import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustRun } from './run-command.js'
import { ROOT } from './tarball.js'

/** `docs/reference` is what typedoc makes of the sources now. */
export async function checkReference(): Promise<string> {
  const fresh = await mkdtemp(join(tmpdir(), 'interaqt-logto-reference-'))
  try {
    await mustRun('npx', ['--no-install', 'typedoc', '--logLevel', 'Error', '--out', fresh], { cwd: ROOT })
    const [made, committed] = await Promise.all([readTree(fresh), readTree(join(ROOT, 'docs/reference'))])
    const names = new Set([...made.keys(), ...committed.keys()])
    const stale = [...names].filter((name) => made.get(name) !== committed.get(name))
    if (stale.length > 0)
      throw new Error(`docs/reference is behind the sources (${stale.join(', ')}): npm run docs`)
    return `${made.size} pages`
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

async function readTree(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const pages = names.filter((name) => name.endsWith('.md'))
  return new Map(
    await Promise.all(
      pages.map(
        async (name) => [name, await readFile(join(folder, name), 'utf8')] satisfies [string, string],
      ),
    ),
  )
}
