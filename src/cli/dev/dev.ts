import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { defaultResourceOf } from '../../logto/index.js'
import { CliError } from '../cli-error.js'
import { EnvFile } from '../env-file.js'
import { type Terminal, wrap } from '../terminal.js'
import { checked, checkedEndpoint, scopeProblem } from '../validation.js'
import { type EnvValues, WEBHOOK_ID } from '../variables.js'
import { readIfPresent } from '../whole-file.js'
import { keepState, restoreState } from './state-file.js'

/** Flags of `dev`. */
export interface DevFlags {
  port: string
  /** `name:password`, or `name:password:displayed name`. */
  user?: string[]
  /** Path of a JSON file with users. */
  users?: string
  scope?: string[]
  /** Path of the file that keeps users and everything else between runs. */
  state?: string
  frontendUrl: string
  interaqtEndpoint: string
}

const User = z.strictObject({
  username: z.string().min(1),
  password: z.string().min(1),
  name: z.string().optional(),
  primaryEmail: z.string().optional(),
})
type User = z.infer<typeof User>

/** No secrets: everybody knows them, and the embedded Logto listens on this machine alone. */
const IDS = {
  LOGTO_SPA_APP_ID: 'dev-frontend',
  LOGTO_M2M_APP_ID: 'dev-api',
  LOGTO_M2M_APP_SECRET: 'dev-api-secret-that-everybody-knows',
  LOGTO_WEBHOOK_SIGNING_KEY: 'dev-signing-key-that-everybody-knows',
}

const DEFAULT_USERS: User[] = [
  { username: 'alice', password: 'tea-and-cake', name: 'Alice' },
  { username: 'bob', password: 'tea-and-cake', name: 'Bob' },
]

/**
 * Serves the embedded Logto until Ctrl-C, with one of each thing that an application needs, and prints the lines for
 * `.env`.
 *
 * @throws CliError `value_invalid`, `port_in_use`, `peer_missing`, `state_invalid`, `embedded_in_production`.
 */
export async function dev(terminal: Terminal, flags: DevFlags): Promise<void> {
  const { host } = terminal
  const users = await usersOf(host.cwd, flags)
  const statePath = flags.state === undefined ? undefined : resolve(host.cwd, flags.state)
  const saved = statePath === undefined ? undefined : await readIfPresent(statePath)
  const port = portOf(flags)
  const seed = saved === undefined ? seedOf(flags, users) : {}

  const { startEmbeddedLogto } = await import('@yourorg/interaqt-logto/embedded')
  const logto = await startEmbeddedLogto({ ...seed, port, log: () => {} }).catch((cause: unknown) => {
    throw startErrorOf(cause, port)
  })
  try {
    if (statePath !== undefined && saved !== undefined) restoreState(logto.state, saved, statePath)
    const kept = statePath === undefined ? undefined : keepState(logto.state, statePath)
    // Before anything is printed: a program that reads that it runs may stop it at once.
    const interrupted = host.untilInterrupted()
    const hooks = [...logto.state.hooks.values()]
    const hook = hooks.find(({ signingKey }) => signingKey === IDS.LOGTO_WEBHOOK_SIGNING_KEY)
    const variables = { LOGTO_ENDPOINT: logto.url, ...IDS, ...(hook && { [WEBHOOK_ID]: hook.id }) }
    announce(terminal, variables, flags, saved === undefined ? users : undefined)
    await interrupted
    await kept?.stop()
  } finally {
    await logto.close()
  }
}

function seedOf(flags: DevFlags, users: User[]) {
  const home = new URL('/', checkedEndpoint(flags.frontendUrl, '--frontend-url')).href
  const interaqtEndpoint = checkedEndpoint(flags.interaqtEndpoint, '--interaqt-endpoint')
  const scopes = flags.scope ?? []
  for (const scope of scopes) checked(scopeProblem, scope, '--scope')
  return {
    users,
    resources: [{ indicator: defaultResourceOf(interaqtEndpoint), name: 'API', defaultScopes: scopes }],
    applications: [
      {
        id: IDS.LOGTO_SPA_APP_ID,
        name: 'Frontend',
        type: 'SPA' as const,
        redirectUris: [home],
        postLogoutRedirectUris: [home],
      },
      {
        id: IDS.LOGTO_M2M_APP_ID,
        name: 'API',
        type: 'MachineToMachine' as const,
        secret: IDS.LOGTO_M2M_APP_SECRET,
        managementApi: true,
      },
    ],
    hooks: [
      { name: 'API', url: `${interaqtEndpoint}/api/syncUser`, signingKey: IDS.LOGTO_WEBHOOK_SIGNING_KEY },
    ],
  }
}

async function usersOf(cwd: string, flags: DevFlags): Promise<User[]> {
  const fromFlags = (flags.user ?? []).map(userOf)
  const fromFile = flags.users === undefined ? [] : await readUsers(resolve(cwd, flags.users))
  const users = [...fromFile, ...fromFlags]
  return users.length > 0 ? users : DEFAULT_USERS
}

function userOf(text: string): User {
  const [username = '', password = '', ...name] = text.split(':')
  if (!username || !password) {
    throw new CliError('value_invalid', '--user must be name:password, or name:password:displayed name.')
  }
  return { username, password, ...(name.length > 0 && { name: name.join(':') }) }
}

async function readUsers(path: string): Promise<User[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CliError('value_invalid', `--users ${path} cannot be read.`, { cause })
  })
  const users = z.array(User).safeParse(jsonOf(text))
  if (users.success) return users.data
  const [issue] = users.error.issues
  throw new CliError('value_invalid', `--users ${path}: ${issue?.path.join('.')}: ${issue?.message}`, {
    remedy: 'It must be a JSON array of { "username", "password", "name"?, "primaryEmail"? }.',
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function portOf({ port }: DevFlags): number {
  const number = Number(port)
  if (/^\d+$/.test(port) && number <= 65_535) return number
  throw new CliError('value_invalid', `--port ${JSON.stringify(port)} must be a number up to 65535.`)
}

function startErrorOf(cause: unknown, port: number): unknown {
  if (!(cause instanceof Error) || !('code' in cause)) return cause
  if (cause.code === 'EADDRINUSE') {
    return new CliError('port_in_use', `Another process listens on port ${port}.`, {
      remedy: 'Stop it, or give --port, and LOGTO_ENDPOINT to match.',
      cause,
    })
  }
  return new CliError(String(cause.code), cause.message, { cause })
}

function announce(
  terminal: Terminal,
  variables: EnvValues & { LOGTO_ENDPOINT: string },
  { interaqtEndpoint, frontendUrl, state }: DevFlags,
  users: User[] | undefined,
): void {
  const env = new EnvFile('').with({
    ...variables,
    INTERAQT_ENDPOINT: interaqtEndpoint,
    FRONTEND_URL: frontendUrl,
  })
  terminal.line(`Embedded Logto on ${variables.LOGTO_ENDPOINT}, for development only. Ctrl-C stops it.`)
  terminal.line()
  // Other people may use their passwords elsewhere too.
  if (users === DEFAULT_USERS)
    for (const user of users) terminal.line(`  ${user.username} / ${user.password}`)
  else if (users) terminal.line(wrap(`Users: ${users.map(({ username }) => username).join(', ')}`, 2))
  else terminal.line(wrap(`Users and everything else come from ${state}.`, 2))
  terminal.line()
  terminal.line('For .env:')
  terminal.line()
  terminal.line(env.text.trimEnd())
}
