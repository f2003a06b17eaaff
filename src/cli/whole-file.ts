import { randomBytes } from 'node:crypto'
import { open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CliError } from './cli-error.js'

/** Only the owner may read and write. */
export const PRIVATE_MODE = 0o600

/** Between a file's name and the rest of the name of its temporary copy. */
const MARK = '.interaqt-logto-'

/**
 * Reads a text file; undefined when there is none.
 *
 * @throws CliError `file_unusable` for a directory.
 */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    if (codeOf(error) !== 'EISDIR') throw error
    throw new CliError('file_unusable', `${path} is a directory; a file was expected.`, {
      remedy: 'Give the path of a file.',
      cause: error,
    })
  }
}

/**
 * Writes a file that its owner alone can read. A symbolic link at `path` is not followed, and neither is a hard link: a new
 * file takes their place.
 *
 * @throws CliError `file_unusable`; the old file is then as it was.
 */
export function writePrivate(path: string, text: string): Promise<void> {
  return replace(path, text, PRIVATE_MODE)
}

/**
 * Writes the file that `path` leads to: a symbolic link stays one. A new file is readable by its owner alone, since it holds
 * secrets; an existing one keeps its mode, unless it `becomesPrivate`.
 *
 * @throws CliError `file_unusable`; the old file is then as it was.
 */
export async function rewrite(
  path: string,
  text: string,
  { becomesPrivate = false }: { becomesPrivate?: boolean } = {},
): Promise<void> {
  const target = await realpath(path).catch(() => path)
  const mode = await stat(target).then(
    (found) => (becomesPrivate ? PRIVATE_MODE : found.mode & 0o777),
    () => PRIVATE_MODE,
  )
  await replace(target, text, mode)
}

/**
 * Puts a whole new file in the place of `path`, so that an interruption leaves the old one. The name of the temporary file
 * cannot be guessed, and `wx` opens nothing that is there (O_EXCL, open(2)), not even through a link.
 */
async function replace(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}${MARK}${process.pid}-${randomBytes(8).toString('hex')}.tmp`
  await removeLeftovers(path)
  try {
    const file = await open(temporary, 'wx', PRIVATE_MODE)
    try {
      await file.writeFile(text)
      // After a crash of the machine, too, the name must lead to a whole file.
      await file.sync()
      // By the open file, and not by its name, which could lead elsewhere by now. Also where the umask is stricter.
      await file.chmod(mode)
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {})
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CliError('file_unusable', `Cannot write ${path}: ${reason}`, {
      remedy:
        'It was not changed. Give the path of a file, in a folder that exists and that you may write to.',
      cause,
    })
  }
}

/** Removes the copies that killed runs left: they hold the same secrets. Those of processes that run are theirs. */
async function removeLeftovers(path: string): Promise<void> {
  const folder = dirname(path)
  const start = basename(path) + MARK
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter((one) => one.startsWith(start))) {
    const pid = /^(\d+)-[\da-f]{16}\.tmp$/.exec(name.slice(start.length))?.[1]
    if (pid !== undefined && !isRunning(Number(pid)))
      await rm(join(folder, name), { force: true }).catch(() => {})
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
