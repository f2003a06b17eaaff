import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from './run-command.js'
import { type InstalledTarball, ROOT } from './tarball.js'

/**
 * What an install of the package alone brings is what the README says it brings: how many packages, how many megabytes,
 * and a line for each direct dependency. No optional peer is among them.
 */
export async function checkInstall({ bare }: InstalledTarball): Promise<string> {
  const folders = await installedFolders(bare)
  const bytes = await bytesIn(join(bare, 'node_modules'))
  const found = `${folders.length} packages, ${(bytes / 1e6).toFixed(1)} MB`

  const { dependencies, peerDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  const peer = Object.keys(peerDependencies).find((name) =>
    folders.some((folder) => folder.replaceAll('\\', '/').endsWith(`/node_modules/${name}`)),
  )
  if (peer) throw new Error(`${peer} is an optional peer, but an install of the package brings it`)

  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const [, packages, megabytes] = /brings (\d+) packages, itself included, ([\d.]+) MB/.exec(readme) ?? []
  if (Number(packages) !== folders.length || !isWithinATenth(Number(megabytes), bytes / 1e6))
    throw new Error(`an install brings ${found}, but README.md says ${packages} packages, ${megabytes} MB`)

  const named = [...readme.matchAll(/^\| `(\S+)` \| for .+\|$/gm)].map((match) => match[1])
  const direct = Object.keys(dependencies)
  if (named.sort().join() !== direct.sort().join())
    throw new Error(`README.md justifies ${named.join(', ')}; the dependencies are ${direct.join(', ')}`)
  return found
}

/** Folders of all packages that are installed in a project. */
export async function installedFolders(project: string): Promise<string[]> {
  const listed = await mustRun('npm', ['ls', '--all', '--parseable', '--loglevel=error'], { cwd: project })
  return listed.split('\n').filter((line) => line.includes('node_modules'))
}

/** Whether a figure in the docs still says what was measured; an exact one would go stale with every release of others. */
export function isWithinATenth(stated: number, measured: number): boolean {
  return Math.abs(stated - measured) <= measured / 10
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map(({ parentPath, name }) => stat(join(parentPath, name))))
  return sizes.reduce((total, { size }) => total + size, 0)
}
