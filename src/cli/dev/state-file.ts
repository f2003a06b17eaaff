import { lstat } from 'node:fs/promises'
import { z } from 'zod'
import { isObject } from '../../logto/is-object.js'
import type { LogtoState } from '../../testing/state/state.js'
import { CliError } from '../cli-error.js'
import { type Terminal, WARNING } from '../terminal.js'
import { writePrivate } from '../whole-file.js'

const SAVE_EVERY_MS = 1000

const TABLES = [
  'applications',
  'resources',
  'scopes',
  'roles',
  'organizations',
  'organizationScopes',
  'organizationRoles',
  'hooks',
] as const

/** The rows. Keys and sessions are not saved, so that people sign in again after a restart. */
const Saved = z.object({
  version: z.literal(1),
  users: z.array(z.unknown()),
  signInExperience: z.record(z.string(), z.unknown()),
  tables: z.record(z.enum(TABLES), z.array(z.tuple([z.string(), z.unknown()]))),
})
type Saved = z.infer<typeof Saved>

/**
 * Replaces the rows of a Logto by those of a state file.
 *
 * @throws CliError `state_invalid` when the text is not what `keepState` writes.
 */
export function restoreState(state: LogtoState, text: string, path: string): void {
  const saved = parse(text, path)
  for (const table of TABLES) {
    state[table].clear()
    for (const [id, row] of saved.tables[table]) Reflect.apply(Map.prototype.set, state[table], [id, row])
  }
  for (const { id } of [...state.users.newestFirst()]) state.users.delete(id)
  for (const row of saved.users) Reflect.apply(state.users.add, state.users, [row])
  state.signInExperience = saved.signInExperience
}

/**
 * Writes a Logto's rows to a file of its owner alone: now, whenever they have changed, and a last time at `stop`.
 *
 * @throws CliError `file_unusable`.
 */
export async function keepState(
  terminal: Terminal,
  state: LogtoState,
  path: string,
): Promise<{ stop(): Promise<void> }> {
  let written: string | undefined
  let writing = Promise.resolve()
  const save = () => {
    // A write that failed is tried again with the next.
    writing = writing
      .catch(() => {})
      .then(async () => {
        const text = stringify(state)
        if (text !== written) await writePrivate(path, text)
        written = text
      })
    return writing
  }
  await warnOfLink(terminal, path)
  await save()
  let hasFailed = false
  const saveAgain = async () => {
    try {
      await save()
      hasFailed = false
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (!hasFailed) terminal.error(`${reason}. It is tried again every second.`, WARNING)
      hasFailed = true
    }
  }
  const timer = setInterval(() => void saveAgain(), SAVE_EVERY_MS)
  timer.unref()
  return {
    stop: () => {
      clearInterval(timer)
      return save()
    },
  }
}

/** The state holds passwords and secrets, and somebody else may have put the link there. */
async function warnOfLink(terminal: Terminal, path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (!found?.isSymbolicLink()) return
  const warning = `${path} is a symbolic link. A file takes its place, and what it led to stays as it is.`
  terminal.error(warning, WARNING)
}

function stringify(state: LogtoState): string {
  const saved = {
    version: 1,
    users: [...state.users.newestFirst()].reverse(),
    signInExperience: state.signInExperience,
    tables: Object.fromEntries(TABLES.map((table) => [table, [...state[table]]])),
  }
  return JSON.stringify(saved, tagged, 2)
}

// JSON has neither sets nor maps. Roles, members and applications hold some.
function tagged(_key: string, value: unknown): unknown {
  if (value instanceof Set) return { $set: [...value] }
  if (value instanceof Map) return { $map: [...value] }
  return value
}

function untagged(_key: string, value: unknown): unknown {
  if (isObject(value) && Array.isArray(value.$set)) return new Set(value.$set)
  if (isObject(value) && Array.isArray(value.$map)) return new Map(value.$map)
  return value
}

function parse(text: string, path: string): Saved {
  try {
    return Saved.parse(JSON.parse(text, untagged))
  } catch (cause) {
    throw new CliError('state_invalid', `${path} is no state of an embedded Logto.`, {
      remedy: 'Remove it, or give another --state.',
      cause,
    })
  }
}
