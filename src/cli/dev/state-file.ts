import { readFile, rename, writeFile } from 'node:fs/promises'
import type { LogtoState } from '../../testing/state/state.js'
import { CliError } from '../cli-error.js'

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

/** What is kept: the rows. Keys and sessions are not, so that people sign in again after a restart. */
interface Saved {
  version: 1
  users: unknown[]
  signInExperience: Record<string, unknown>
  tables: Record<(typeof TABLES)[number], [string, unknown][]>
}

/** The text of a state file; undefined when there is none yet. */
export async function readStateFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Puts the rows of a state file into a Logto, in place of those that it has.
 *
 * @throws CliError `state_invalid` when the text is not what `keepState` writes.
 */
export function restoreState(state: LogtoState, text: string, path: string): void {
  const saved = parse(text)
  if (saved?.version !== 1) {
    throw new CliError('state_invalid', `${path} is no state of an embedded Logto.`, {
      remedy: 'Remove it, or give another --state.',
    })
  }
  for (const table of TABLES) {
    state[table].clear()
    for (const [id, row] of saved.tables[table]) Reflect.apply(Map.prototype.set, state[table], [id, row])
  }
  for (const { id } of [...state.users.newestFirst()]) state.users.delete(id)
  for (const row of saved.users) Reflect.apply(state.users.add, state.users, [row])
  state.signInExperience = saved.signInExperience
}

/** Writes a Logto's rows to a file whenever they have changed, until `stop`, which writes them a last time. */
export function keepState(state: LogtoState, path: string): { stop(): Promise<void> } {
  let written: string | undefined
  let writing = Promise.resolve()
  const save = () => {
    writing = writing.then(async () => {
      const text = stringify(state)
      if (text === written) return
      // Whole or not at all: a half-written state would be no state.
      await writeFile(`${path}.tmp`, text, { mode: 0o600 })
      await rename(`${path}.tmp`, path)
      written = text
    })
    return writing
  }
  const timer = setInterval(() => void save().catch(() => {}), SAVE_EVERY_MS)
  timer.unref()
  return {
    stop: () => {
      clearInterval(timer)
      return save()
    },
  }
}

function stringify(state: LogtoState): string {
  const saved: Saved = {
    version: 1,
    users: [...state.users.newestFirst()].reverse(),
    signInExperience: state.signInExperience,
    tables: {
      applications: [...state.applications],
      resources: [...state.resources],
      scopes: [...state.scopes],
      roles: [...state.roles],
      organizations: [...state.organizations],
      organizationScopes: [...state.organizationScopes],
      organizationRoles: [...state.organizationRoles],
      hooks: [...state.hooks],
    },
  }
  return JSON.stringify(saved, (_key, value) => tagged(value), 2)
}

// JSON knows neither sets nor maps, which roles, members and applications are.
function tagged(value: unknown): unknown {
  if (value instanceof Set) return { $set: [...value] }
  if (value instanceof Map) return { $map: [...value] }
  return value
}

function parse(text: string): Saved | undefined {
  try {
    return JSON.parse(text, (_key, value) => {
      if (Array.isArray(value?.$set)) return new Set(value.$set)
      if (Array.isArray(value?.$map)) return new Map(value.$map)
      return value
    })
  } catch {
    return undefined
  }
}
