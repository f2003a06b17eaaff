import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isObject } from '../../logto/is-object.js'
import { isLoopback } from '../../logto/loopback.js'
import { CliError } from '../cli-error.js'
import { asSeenFromDocker, DOCKER_HOST, dockerImageOf } from '../docker.js'
import { LogtoConnection } from '../logto-connection.js'
import { type CommonFlags, readSettings, type Settings } from '../settings.js'
import { type Terminal, WARNING } from '../terminal.js'
import { endpointProblem } from '../validation.js'
import {
  DEFAULT_ENDPOINTS,
  type EndpointName,
  M2M_APP_ID,
  M2M_APP_SECRET,
  MANAGEMENT_APP_ID,
  MANAGEMENT_APP_SECRET,
} from '../variables.js'

/** Flags of `setup`. */
export interface SetupFlags extends CommonFlags {
  managementAppId?: string
  name?: string
  docker?: boolean
  dryRun?: boolean
  yes?: boolean
}

const QUESTIONS: Record<EndpointName, string> = {
  LOGTO_ENDPOINT: 'Where is your Logto?',
  INTERAQT_ENDPOINT: 'Where does your API answer?',
  FRONTEND_URL: 'Where is your frontend?',
}

/** Reads the settings, and asks a person for the endpoints that neither the flags nor the environment name. */
export async function askForSettings(terminal: Terminal, flags: SetupFlags): Promise<Settings> {
  if (!canAsk(terminal, flags)) return readSettings(terminal, flags)
  const validate = (value: string) => {
    const problem = endpointProblem(value)
    return problem && `It ${problem}.`
  }
  return readSettings(terminal, flags, (name) =>
    terminal.host.prompts.text({ message: QUESTIONS[name], initialValue: DEFAULT_ENDPOINTS[name], validate }),
  )
}

/** Whether there is a person to ask. */
export function canAsk(terminal: Terminal, { yes, dryRun }: SetupFlags): boolean {
  return terminal.host.isInteractive && !terminal.isJson && !yes && !dryRun
}

/**
 * Returns the settings with a hook URL that Logto can reach. A container's localhost is the container, and Logto does
 * not report that its deliveries reach nobody.
 */
export async function withDockerHook(
  terminal: Terminal,
  flags: SetupFlags,
  settings: Settings,
): Promise<Settings> {
  const { hookUrl, logtoEndpoint } = settings
  const fromDocker = {
    ...settings,
    hookUrl: asSeenFromDocker(hookUrl),
    backchannelLogoutUri: asSeenFromDocker(settings.backchannelLogoutUri),
  }
  if (flags.docker) return fromDocker
  if (!isLoopback(new URL(hookUrl).hostname)) return settings
  if (!isLoopback(new URL(logtoEndpoint).hostname)) {
    const warning = `Logto at ${logtoEndpoint} cannot reach ${hookUrl}, which is this machine only. Give --hook-url, a URL that Logto can reach.`
    terminal.error(warning, WARNING)
    return settings
  }
  if (flags.docker === false || !(await dockerImageOf(terminal.host, logtoEndpoint))) return settings
  if (canAsk(terminal, flags)) {
    const message = `Logto runs in Docker, where ${hookUrl} is the container itself. Use ${DOCKER_HOST}?`
    return (await terminal.host.prompts.confirm({ message })) ? fromDocker : settings
  }
  const warning = `Logto seems to run in Docker, where ${hookUrl} is the container itself. Give --docker to register ${fromDocker.hookUrl} (and HOST=0.0.0.0 to the API), or --no-docker to silence this warning.`
  terminal.error(warning, WARNING)
  return settings
}

/** Connects as the machine application that manages Logto: one of its own, or the backend's, which has the same role. */
export async function connect(
  terminal: Terminal,
  flags: SetupFlags,
  settings: Settings,
): Promise<LogtoConnection> {
  const { variable } = settings
  const { prompts } = terminal.host
  const ownId = flags.managementAppId?.trim() || variable(MANAGEMENT_APP_ID)
  let appId = ownId ?? variable(M2M_APP_ID)
  let appSecret = variable(ownId ? MANAGEMENT_APP_SECRET : M2M_APP_SECRET)
  if (canAsk(terminal, flags)) {
    const message = 'Id of a machine application with the Management API role?'
    appId ??= (await prompts.text({ message, validate: required })).trim()
    appSecret ??= (await prompts.password({ message: `Secret of ${appId}?`, validate: required })).trim()
  }
  if (!appId || !appSecret) throw credentialsMissing()
  terminal.conceal(appSecret)
  return new LogtoConnection(settings, { appId, appSecret }, terminal.host.fetch)
}

/** An empty answer is asked for again. */
function required(answer: string): string | undefined {
  return answer.trim() === '' ? 'It must not be empty.' : undefined
}

function credentialsMissing(): CliError {
  return new CliError(
    'credentials_missing',
    'setup needs a machine application that may use the Management API.',
    {
      remedy:
        'Make one in the console: Applications, Machine-to-machine, with the role "Logto Management API access"; ' +
        `or take the built-in m-default of a self-hosted Logto. Then set ${MANAGEMENT_APP_ID} and ` +
        `${MANAGEMENT_APP_SECRET} in the environment.`,
    },
  )
}

/** Returns the project's own name, so that two projects on one Logto do not share applications. */
export async function projectName(cwd: string): Promise<string> {
  const manifest: unknown = await readFile(join(cwd, 'package.json'), 'utf8')
    .then(JSON.parse)
    .catch(() => undefined)
  if (isObject(manifest) && typeof manifest.name === 'string' && manifest.name) return manifest.name
  return basename(cwd) || 'interaqt'
}
