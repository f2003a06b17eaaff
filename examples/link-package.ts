import { lstat, mkdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Makes the package resolvable by its name inside this repository, as it is for those who installed it: a link in
 * `node_modules` to the repository's root, so that the built files are used.
 */
export async function linkPackage(): Promise<void> {
  const link = join(root, 'node_modules', '@yourorg', 'interaqt-logto')
  if (await lstat(link).catch(() => undefined)) return
  await mkdir(dirname(link), { recursive: true })
  // A junction needs no rights on Windows. Another process may have made the link meanwhile.
  await symlink(root, link, 'junction').catch((error) => {
    if (error.code !== 'EEXIST') throw error
  })
}
