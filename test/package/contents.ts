import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, posix } from 'node:path'
import { TEMPLATES } from '../../src/cli/init/templates.js'
import { closureOf } from './closure.js'
import { mustRun } from './run-command.js'
import { type InstalledTarball, PACKAGE_NAME, ROOT } from './tarball.js'

const PAPERS = ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE']

/**
 * The tarball holds the papers, of the build what the exports map and the command lead to, and the examples that `init`
 * copies: no source, test, map, secret or left-over of an earlier build, and no path of the machine that packed it.
 */
export async function checkContents({ files, bare }: InstalledTarball): Promise<string> {
  const folder = join(bare, 'node_modules', PACKAGE_NAME)
  const needed = [...PAPERS, ...(await builtFiles(folder)), ...(await templateFiles())]
  const unexpected = files.filter((file) => !needed.includes(file))
  if (unexpected.length > 0)
    throw new Error(`the tarball has files that nobody needs: ${unexpected.join(', ')}`)
  const missing = needed.filter((file) => !files.includes(file))
  if (missing.length > 0) throw new Error(`the tarball lacks ${missing.join(', ')}`)

  for (const file of files) {
    const text = await readFile(join(folder, file), 'utf8')
    const path = [ROOT, homedir()].find((ours) => ours.length > 1 && text.includes(`${ours}/`))
    if (path) throw new Error(`${file} names a path of this machine: ${path}`)
  }
  return `${files.length} files`
}

/** Files of the build that the manifest names, and what they import of each other. */
async function builtFiles(folder: string): Promise<Set<string>> {
  const { bin, exports } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const targets = Object.values<string | Record<string, string>>({ ...bin, ...exports })
    .flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)))
    .map((target) => posix.normalize(target))
    .filter((target) => target !== 'package.json')
  return new Set(targets.flatMap((target) => closureOf(target, folder).map(({ path }) => path)))
}

/** The committed files of the examples, where the build puts them. */
async function templateFiles(): Promise<string[]> {
  const folders = TEMPLATES.map((name) => `examples/${name}`)
  const listed = await mustRun('git', ['ls-files', ...folders], { cwd: ROOT })
  return listed
    .trim()
    .split('\n')
    .map((path) =>
      path
        .replace(/^examples/, 'dist/templates')
        .replace(/\.gitignore$/, 'gitignore')
        .replace(/^(dist\/templates\/\w+)\/package\.json$/, '$1/manifest.json'),
    )
}
