import { defaultResourceOf } from '../../logto/index.js'
import { CliError } from '../cli-error.js'
import { EnvFile } from '../env-file.js'
import { type Terminal, WARNING, wrap } from '../terminal.js'
import { type EnvValues, WEBHOOK_ID } from '../variables.js'
import { readIfPresent } from '../whole-file.js'
import { completeState } from './complete-state.js'
import { DELETED_USERS_FILE, DeletedUsers } from './deleted-users.js'
import { remedyInDev } from './remedies.js'
import { IDS, seedOf } from './seed.js'
import { type DevFlags, type DevSettings, readDevSettings } from './settings.js'
import { keepState, restoreState } from './state-file.js'
import { type DevUsers, readUsers } from './users.js'
import { writeDevEnv } from './write-env.js'

/**
 * Serves the embedded Logto until Ctrl-C, with one of each thing that an application needs, and prints the lines for
 * `.env`. It is the same Logto at every start: ids and secrets are fixed.
 *
 * @throws CliError `value_invalid`, `port_in_use`, `peer_missing`, `state_invalid`, `file_unusable`,
 * `confirmation_missing`, `embedded_in_production`.
 */
export async function dev(terminal: Terminal, flags: DevFlags): Promise<void> {
  const { host } = terminal
  const settings = await readDevSettings(host, flags)
  const deleted = await DeletedUsers.read(host.cwd)
  const people = await readUsers(host.cwd, flags, deleted.ids)
  const { statePath } = settings
  const saved = statePath === undefined ? undefined : await readIfPresent(statePath)
  const seed = seedOf(settings, people.users)

  const { startEmbeddedLogto } = await import('@yourorg/interaqt-logto/embedded')
  // The notice on start is said in other words below.
  let print = (_line: string) => {}
  const logto = await startEmbeddedLogto({
    ...seed,
    port: settings.port,
    showAccounts: people.isDefault || flags.showPasswords ? true : 'names',
    remedyFor: remedyInDev,
    // The API is on this machine.
    backchannelLogout: { allowPrivateAddresses: true },
    log: (line) => print(line),
  }).catch((cause: unknown) => {
    throw startErrorOf(cause, settings.port)
  })
  try {
    if (statePath !== undefined && saved !== undefined) {
      restoreState(logto.state, saved, statePath)
      completeState(logto.state, seed)
    }
    const kept = statePath === undefined ? undefined : await keepState(terminal, logto.state, statePath)
    logto.state.users.onDeleted = ({ id, username }) => {
      if (people.users.some((user) => user.id === id)) rememberDeletion(terminal, deleted, id, username ?? id)
    }
    // Before anything is printed: a program that reads that it runs may stop it at once.
    const interrupted = host.untilInterrupted()
    const hooks = [...logto.state.hooks.values()]
    const hook = hooks.find(({ signingKey }) => signingKey === IDS.LOGTO_WEBHOOK_SIGNING_KEY)
    const variables = variablesOf(settings, logto.url, hook?.id)
    const env = { path: settings.envPath, file: settings.envFile }
    const written = flags.writeEnv
      ? await writeDevEnv(terminal, env, variables, flags.yes ?? false)
      : undefined
    announce(terminal, flags, variables, saved === undefined ? people : undefined, written)
    print = (line) => terminal.log(line)
    await interrupted
    await kept?.stop()
  } finally {
    await logto.close()
    await deleted.settled()
  }
}

function variablesOf(settings: DevSettings, url: string, hookId: string = IDS.LOGTO_WEBHOOK_ID): EnvValues {
  const { interaqtEndpoint, frontendUrl, resource, envFile } = settings
  const isUsual = resource === defaultResourceOf(interaqtEndpoint) && !envFile.get('LOGTO_RESOURCE')
  return {
    LOGTO_ENDPOINT: url,
    ...IDS,
    [WEBHOOK_ID]: hookId,
    ...(isUsual ? {} : { LOGTO_RESOURCE: resource }),
    INTERAQT_ENDPOINT: interaqtEndpoint,
    FRONTEND_URL: frontendUrl,
  }
}

function rememberDeletion(terminal: Terminal, deleted: DeletedUsers, id: string, name: string): void {
  deleted.add(id).then(
    () =>
      terminal.log(
        `${name} was deleted. Logto gives no id twice: at the next start ${name} is a new person (${DELETED_USERS_FILE} remembers).`,
      ),
    (error: unknown) => terminal.error(`${DELETED_USERS_FILE} cannot be written: ${String(error)}`, WARNING),
  )
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
  flags: DevFlags,
  variables: EnvValues,
  people: DevUsers | undefined,
  written: string | undefined,
): void {
  terminal.line(`Embedded Logto on ${variables.LOGTO_ENDPOINT}, for development only. Ctrl-C stops it.`)
  terminal.line()
  if (people) announceUsers(terminal, people, flags.showPasswords ?? false)
  else terminal.line(wrap(`Users and everything else come from ${flags.state}.`, 2))
  if (!people && (flags.user || flags.users)) {
    const warning = `--user and --users count only when ${flags.state} is new: its users stay as they are.`
    terminal.error(warning, WARNING)
  }
  terminal.line()
  terminal.line(written ?? 'For .env (--write-env writes it):')
  terminal.line()
  terminal.line(new EnvFile('').with(variables).text.trimEnd())
}

function announceUsers(terminal: Terminal, { users, isDefault }: DevUsers, showPasswords: boolean): void {
  // Other people may use their passwords elsewhere too.
  if (isDefault || showPasswords) {
    for (const { username, password } of users) terminal.line(`  ${username} / ${password}`)
  } else terminal.line(wrap(`Users: ${users.map(({ username }) => username).join(', ')}`, 2))
  for (const { username } of users.filter(({ isNew }) => isNew)) {
    const words = `${username} is a new person: the former ${username} was deleted (${DELETED_USERS_FILE}).`
    terminal.line(wrap(words, 2))
  }
}
