import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from './run-command.js'
import type { InstalledTarball } from './tarball.js'

const PERMISSIVE = /^\(?(MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|Unlicense|CC0-1\.0|BlueOak-1\.0\.0)\b/

/** Everything that an install of the package brings is under a permissive licence. */
export async function checkLicences({ bare }: InstalledTarball): Promise<string> {
  const listed = await mustRun('npm', ['ls', '--all', '--parseable', '--loglevel=error'], { cwd: bare })
  const folders = listed.split('\n').filter((line) => line.includes('node_modules'))
  for (const folder of folders) {
    const manifest: { name?: string; license?: string } = JSON.parse(
      await readFile(join(folder, 'package.json'), 'utf8'),
    )
    if (!PERMISSIVE.test(manifest.license ?? ''))
      throw new Error(
        `${manifest.name} is under ${JSON.stringify(manifest.license)}, which is not on the list`,
      )
  }
  return `${folders.length} packages`
}
