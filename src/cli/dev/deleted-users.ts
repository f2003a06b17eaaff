import { join } from 'node:path'
import { z } from 'zod'
import { CliError } from '../cli-error.js'
import { readIfPresent, writePrivate } from '../whole-file.js'

/** Beside the application, since the database that knows the deleted users is the application's. */
export const DELETED_USERS_FILE = '.interaqt-logto-dev.json'

const Content = z.strictObject({ version: z.literal(1), deletedUserIds: z.array(z.string()) })

/**
 * The ids of the users who were deleted in earlier runs of `dev`. Logto gives no id twice, and an application holds on to
 * that: it refuses a deleted user for ever. So `dev` must not give one again either. There is no file until a user of
 * `dev` is deleted.
 */
export class DeletedUsers {
  readonly #path: string
  readonly #ids: Set<string>
  #writing = Promise.resolve()

  private constructor(path: string, ids: Iterable<string>) {
    this.#path = path
    this.#ids = new Set(ids)
  }

  /** @throws CliError `state_invalid`. */
  static async read(cwd: string): Promise<DeletedUsers> {
    const path = join(cwd, DELETED_USERS_FILE)
    const text = await readIfPresent(path)
    return new DeletedUsers(path, text === undefined ? [] : parse(text))
  }

  get ids(): ReadonlySet<string> {
    return this.#ids
  }

  /** Writes the id down at once. Rejects when the file cannot be written. */
  add(id: string): Promise<void> {
    this.#ids.add(id)
    const text = `${JSON.stringify({ version: 1, deletedUserIds: [...this.#ids] }, undefined, 2)}\n`
    const written = this.#writing.then(() => writePrivate(this.#path, text))
    this.#writing = written.catch(() => {})
    return written
  }

  /** Resolves when nothing is being written. */
  settled(): Promise<void> {
    return this.#writing
  }
}

function parse(text: string): string[] {
  try {
    return Content.parse(JSON.parse(text)).deletedUserIds
  } catch (cause) {
    throw new CliError('state_invalid', `${DELETED_USERS_FILE} is not what dev writes.`, {
      remedy:
        'Remove it. Users who were deleted in dev then get their former ids again, which the application refuses.',
      cause,
    })
  }
}
