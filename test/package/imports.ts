import { runCommand } from './run-command.js'
import { entryNames, type InstalledTarball } from './tarball.js'

/** Entries that work with the package's own dependencies alone; the others name the optional peer that they miss. */
const STANDALONE = ['browser', 'browser/session', 'server', 'webhook']

/** Each subpath imports alone, in a process of its own, from the installed tarball, under the given Node. */
export async function checkImports({ withPeers }: InstalledTarball, nodeMajor?: string): Promise<string> {
  const entries = await entryNames()
  for (const entry of entries) {
    const { code, output } = await importAlone(entry, withPeers, nodeMajor)
    if (code !== 0)
      throw new Error(
        `./${entry} does not import alone${nodeMajor ? ` on Node ${nodeMajor}` : ''}:\n${output}`,
      )
  }
  return `${entries.length} entries${nodeMajor ? ` on Node ${nodeMajor}` : ''}`
}

/** Without any optional peer: what needs none imports, what needs one says how to install it. */
export async function checkMissingPeers({ bare }: InstalledTarball): Promise<string> {
  const missing: string[] = []
  for (const entry of await entryNames()) {
    const { code, output } = await importAlone(entry, bare)
    if (STANDALONE.includes(entry)) {
      if (code !== 0) throw new Error(`./${entry} must import without optional peers:\n${output}`)
      continue
    }
    if (code === 0) continue
    // React is bundled by the application's own bundler, whose message names the package.
    if (entry === 'react' && output.includes("'react'")) continue
    if (!/npm install \S+/.test(output))
      throw new Error(`./${entry} misses a peer, but its error names no install command:\n${output}`)
    missing.push(entry)
  }
  return `${missing.join(', ')} name the install command`
}

function importAlone(entry: string, cwd: string, nodeMajor?: string) {
  const script = `await import('@yourorg/interaqt-logto/${entry}')`
  const args = ['--input-type=module', '-e', script]
  return nodeMajor
    ? runCommand('npx', ['--yes', '-p', `node@${nodeMajor}`, 'node', ...args], { cwd })
    : runCommand(process.execPath, args, { cwd })
}
