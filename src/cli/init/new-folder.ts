import { constants } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, rm, rmdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isObject } from '../../logto/is-object.js'
import { CliError } from '../cli-error.js'
import { PRIVATE_MODE } from '../whole-file.js'
import type { TemplateFile } from './templates.js'

/** What may be in a folder that counts as empty: a repository that has just been made. */
const IGNORED = ['.git']
const NAMES_SHOWN = 3

/**
 * Makes sure that `init` may write into a folder: there is none yet, or it is empty.
 *
 * @throws CliError `folder_taken`, `folder_unusable`.
 */
export async function checkIsFree(folder: string, shown: string): Promise<void> {
  const found = await readdir(folder).catch((error) => {
    if (codeOf(error) === 'ENOENT') return []
    if (codeOf(error) === 'ENOTDIR') throw taken(`${shown} is a file, or would be in one.`)
    throw unusable(shown, error)
  })
  const names = found.filter((name) => !IGNORED.includes(name)).sort()
  if (names.length === 0) return
  const others = names.length > NAMES_SHOWN ? ', …' : ''
  throw taken(`${shown} is not empty: it has ${names.slice(0, NAMES_SHOWN).join(', ')}${others}.`)
}

/**
 * Copies all files, or none: what was copied before a failure is removed. A file that appeared there meanwhile is not
 * overwritten.
 *
 * @param texts - files with another text than the template's, by path.
 * @throws CliError `folder_unusable`.
 */
export async function copyAll(
  files: readonly TemplateFile[],
  folder: string,
  shown: string,
  texts: Record<string, string>,
): Promise<void> {
  const made: string[] = []
  const copied: string[] = []
  try {
    for (const { source, path } of files) {
      const target = join(folder, path)
      const first = await mkdir(dirname(target), { recursive: true })
      if (first) made.push(first)
      const text = texts[path]
      if (text === undefined) await copyFile(source, target, constants.COPYFILE_EXCL)
      else await writeFile(target, text, { flag: 'wx' })
      copied.push(target)
      // `cp` hands the mode on to the `.env` that is made of it.
      if (basename(path).startsWith('.env')) await chmod(target, PRIVATE_MODE)
    }
  } catch (error) {
    await Promise.all(copied.map((path) => rm(path, { force: true })))
    for (const path of made.reverse()) await removeEmpty(path)
    throw unusable(shown, error)
  }
}

/** Removes a folder and those in it, as far as they are empty. */
async function removeEmpty(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) if (entry.isDirectory()) await removeEmpty(join(folder, entry.name))
  await rmdir(folder).catch(() => {})
}

function taken(message: string): CliError {
  return new CliError('folder_taken', message, {
    remedy: 'Nothing was changed. Give a folder that does not exist yet, or an empty one.',
  })
}

function unusable(shown: string, cause: unknown): CliError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CliError('folder_unusable', `Cannot write to ${shown}: ${reason}`, {
    remedy: 'Nothing was left there. Give a folder that you may write to.',
    cause,
  })
}

function codeOf(error: unknown): unknown {
  return isObject(error) ? error.code : undefined
}
