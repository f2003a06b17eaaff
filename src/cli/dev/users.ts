import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { isShortId, stableId } from '../../testing/records/identifiers.js'
import { CliError } from '../cli-error.js'

const User = z.strictObject({
  id: z.string().refine(isShortId, 'must be 12 lower-case letters and digits').optional(),
  username: z.string().min(1),
  password: z.string().min(1),
  name: z.string().optional(),
  primaryEmail: z.string().optional(),
})
type User = z.infer<typeof User>

/** A user of `dev`, with the id of this start. */
export interface DevUser extends User {
  id: string
  /** Whether the id differs from the usual one, since the user of that one was deleted. */
  isNew: boolean
}

/** The users that the flags name, or alice and bob. */
export interface DevUsers {
  users: DevUser[]
  /** Whether they are alice and bob, whose password everybody knows. */
  isDefault: boolean
}

const DEFAULT_USERS: User[] = [
  { username: 'alice', password: 'tea-and-cake', name: 'Alice' },
  { username: 'bob', password: 'tea-and-cake', name: 'Bob' },
]

/**
 * Reads the users that the flags name.
 *
 * @param deletedIds - ids that Logto may not give again.
 * @throws CliError `value_invalid`.
 */
export async function readUsers(
  cwd: string,
  flags: { user?: string[]; users?: string },
  deletedIds: ReadonlySet<string>,
): Promise<DevUsers> {
  const fromFile = flags.users === undefined ? [] : await usersOfFile(resolve(cwd, flags.users))
  const named = [...fromFile, ...(flags.user ?? []).map(userOfFlag)]
  const isDefault = named.length === 0
  const users = (isDefault ? DEFAULT_USERS : named).map((user) => withId(user, deletedIds))
  refuseTwice(
    'the username',
    users.map(({ username }) => username),
  )
  refuseTwice(
    'the id',
    users.map(({ id }) => id),
  )
  return { users, isDefault }
}

// The usual id is the same on every machine. After a deletion the next one of the row counts: Logto gives no id twice.
function withId(user: User, deletedIds: ReadonlySet<string>): DevUser {
  const usual = user.id ?? stableId(12, 'user', user.username)
  let id = usual
  for (let turn = 1; deletedIds.has(id); turn++) id = stableId(12, 'user', user.username, String(turn))
  return { ...user, id, isNew: id !== usual }
}

function refuseTwice(what: string, values: string[]): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index)
  if (twice === undefined) return
  throw new CliError('value_invalid', `--user and --users: two users have ${what} ${JSON.stringify(twice)}.`)
}

function userOfFlag(text: string): User {
  const [username = '', password = '', ...name] = text.split(':')
  if (!username || !password) {
    throw new CliError('value_invalid', '--user must be name:password, or name:password:displayed name.')
  }
  return { username, password, ...(name.length > 0 && { name: name.join(':') }) }
}

async function usersOfFile(path: string): Promise<User[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CliError('value_invalid', `--users ${path} cannot be read.`, { cause })
  })
  const users = z.array(User).safeParse(jsonOf(text))
  if (users.success) return users.data
  const [issue] = users.error.issues
  throw new CliError('value_invalid', `--users ${path}: ${issue?.path.join('.')}: ${issue?.message}`, {
    remedy: 'It must be a JSON array of { "username", "password", "id"?, "name"?, "primaryEmail"? }.',
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
