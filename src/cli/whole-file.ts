import { chmod, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'

/** Reads a text file; undefined when there is none. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Writes a file whole or not at all, so that an interruption leaves the old one. A new file is readable by its owner
 * alone, since it holds secrets; an existing one keeps its mode, and a symbolic link stays one. A copy that a killed run
 * left, with the same secrets, is removed.
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => path)
  const mode = await stat(target).then(
    (found) => found.mode & 0o777,
    () => 0o600,
  )
  const temporary = `${target}.interaqt-logto.tmp`
  await rm(temporary, { force: true })
  try {
    await writeFile(temporary, text, { mode, flag: 'wx' })
    await chmod(temporary, mode)
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
