import { lstat, mkdir, realpath, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Makes the package resolvable by its name inside this repository, as it is for those who installed it: a link in
 * `node_modules` to the repository's root, so that the built files are used. A link to another checkout, as a copied
 * `node_modules` has it, is replaced: a program would load that one's files, and its peers, a second time.
 */
export async function linkPackage(): Promise<void> {
  const link = join(root, 'node_modules', '@yourorg', 'interaqt-logto')
  const found = await lstat(link).catch(() => undefined)
  if (found && !found.isSymbolicLink()) return
  if (found) {
    const target = await realpath(link).catch(() => undefined)
    if (target === (await realpath(root))) return
    await rm(link, { force: true })
  }
  await mkdir(dirname(link), { recursive: true })
  // A junction needs no rights on Windows. Another process may have made the link meanwhile.
  await symlink(root, link, 'junction').catch((error) => {
    if (error.code !== 'EEXIST') throw error
  })
}
