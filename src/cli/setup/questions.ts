import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isLoopback } from '../../logto/loopback.js'
import { CliError } from '../cli-error.js'
import { asSeenFromDocker, DOCKER_HOST, runsInDocker } from '../docker.js'
import { LogtoConnection } from '../logto-connection.js'
import { readSettings, type Settings, tokenEndpointOf } from '../settings.js'
import { type Terminal, WARNING } from '../terminal.js'
import { endpointProblem } from '../validation.js'
import type { SetupFlags } from './flags.js'

/** The flags, with what neither they nor the environment say and a person does. */
export async function askForMissing(terminal: Terminal, flags: SetupFlags): Promise<SetupFlags> {
  if (!canAsk(terminal, flags)) return flags
  const { prompts } = terminal.host
  const settings = await readSettings(terminal, flags)
  const ask = async (
    flag: 'logtoEndpoint' | 'interaqtEndpoint' | 'frontendUrl',
    variable: string,
    message: string,
  ) => {
    if (flags[flag] !== undefined || settings.variable(variable)) return {}
    const validate = (value: string) => {
      const problem = endpointProblem(value)
      return problem && `It ${problem}.`
    }
    return { [flag]: await prompts.text({ message, initialValue: settings[flag], validate }) }
  }
  return {
    ...flags,
    ...(await ask('logtoEndpoint', 'LOGTO_ENDPOINT', 'Where is your Logto?')),
    ...(await ask('interaqtEndpoint', 'INTERAQT_ENDPOINT', 'Where does your API answer?')),
    ...(await ask('frontendUrl', 'FRONTEND_URL', 'Where is your frontend?')),
  }
}

/** Whether there is somebody to ask. */
export function canAsk(terminal: Terminal, { yes, dryRun }: SetupFlags): boolean {
  return terminal.host.isInteractive && !terminal.isJson && !yes && !dryRun
}

/**
 * The settings with a hook URL that Logto can reach: a container's localhost is the container, and Logto would not say
 * that its deliveries reach nobody.
 */
export async function withDockerHook(
  terminal: Terminal,
  flags: SetupFlags,
  settings: Settings,
): Promise<Settings> {
  const fromDocker = {
    ...settings,
    hookUrl: asSeenFromDocker(settings.hookUrl),
    backchannelLogoutUri: asSeenFromDocker(settings.backchannelLogoutUri),
  }
  if (flags.docker) return fromDocker
  if (!isLoopback(new URL(settings.hookUrl).hostname)) return settings
  if (!isLoopback(new URL(settings.logtoEndpoint).hostname)) {
    terminal.error(
      `Logto at ${settings.logtoEndpoint} cannot reach ${settings.hookUrl}, which is this machine only. ` +
        'Give --hook-url, a URL that Logto can reach.',
      WARNING,
    )
    return settings
  }
  if (flags.docker === false || !(await runsInDocker(terminal.host, settings.logtoEndpoint))) return settings
  const message = `Logto runs in Docker, where ${settings.hookUrl} is the container itself. Use ${DOCKER_HOST}?`
  if (canAsk(terminal, flags))
    return (await terminal.host.prompts.confirm({ message })) ? fromDocker : settings
  const warning = `Logto seems to run in Docker, where ${settings.hookUrl} is the container itself. Give --docker to register ${fromDocker.hookUrl} (and HOST=0.0.0.0 to the API), or --no-docker to hear no more of it.`
  terminal.error(warning, WARNING)
  return settings
}

/** The machine application that manages: one of its own, or the backend's, which has the same role. */
export async function connect(
  terminal: Terminal,
  flags: SetupFlags,
  settings: Settings,
): Promise<LogtoConnection> {
  const { appId, appSecret } = await credentialsOf(terminal, flags, settings)
  terminal.conceal(appSecret)
  return new LogtoConnection({
    logtoEndpoint: settings.logtoEndpoint,
    tokenEndpoint: tokenEndpointOf(settings, appId),
    managementResource: settings.managementResource,
    appId,
    appSecret,
    fetch: terminal.host.fetch,
  })
}

async function credentialsOf(terminal: Terminal, flags: SetupFlags, { variable }: Settings) {
  const ownId = flags.managementAppId ?? variable('LOGTO_MANAGEMENT_APP_ID')
  let appId = ownId ?? variable('LOGTO_M2M_APP_ID')
  let appSecret = variable(ownId ? 'LOGTO_MANAGEMENT_APP_SECRET' : 'LOGTO_M2M_APP_SECRET')
  if (appId && appSecret) return { appId, appSecret }
  if (!canAsk(terminal, flags)) throw credentialsMissing()
  const { prompts } = terminal.host
  appId ??= await prompts.text({ message: 'Id of a machine application with the Management API role?' })
  appSecret ??= await prompts.password({ message: `Secret of ${appId}?` })
  if (!appId || !appSecret) throw credentialsMissing()
  return { appId, appSecret }
}

function credentialsMissing(): CliError {
  return new CliError(
    'credentials_missing',
    'setup needs a machine application that may use the Management API.',
    {
      remedy:
        'Make one in the console: Applications, Machine-to-machine, with the role "Logto Management API access"; ' +
        'or take the built-in m-default of a self-hosted Logto. Then set LOGTO_MANAGEMENT_APP_ID and ' +
        'LOGTO_MANAGEMENT_APP_SECRET in the environment.',
    },
  )
}

/** The project's own name, so that two projects on one Logto do not take each other's applications. */
export async function projectName(cwd: string): Promise<string> {
  const manifest: unknown = await readFile(join(cwd, 'package.json'), 'utf8')
    .then(JSON.parse)
    .catch(() => undefined)
  if (
    typeof manifest === 'object' &&
    manifest !== null &&
    'name' in manifest &&
    typeof manifest.name === 'string'
  ) {
    if (manifest.name) return manifest.name
  }
  return basename(cwd) || 'interaqt'
}
