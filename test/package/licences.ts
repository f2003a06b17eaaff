import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installedFolders } from './install.js'
import type { InstalledTarball } from './tarball.js'

const PERMISSIVE = /^(MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|Unlicense|CC0-1\.0|BlueOak-1\.0\.0)$/

/** Everything that an install of the package brings is under a permissive licence. */
export async function checkLicences({ bare }: InstalledTarball): Promise<string> {
  const folders = await installedFolders(bare)
  for (const folder of folders) {
    const manifest: { name?: string; license?: string } = JSON.parse(
      await readFile(join(folder, 'package.json'), 'utf8'),
    )
    if (!isPermissive(manifest.license ?? ''))
      throw new Error(
        `${manifest.name} is under ${JSON.stringify(manifest.license)}, which is not on the list`,
      )
  }
  return `${folders.length} packages`
}

/** Of an SPDX expression without nested parts: one of the alternatives, all of its parts. Anything else needs eyes. */
function isPermissive(licence: string): boolean {
  return licence
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((alternative) => alternative.split(' AND ').every((part) => PERMISSIVE.test(part)))
}
