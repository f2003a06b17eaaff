import { resolve } from 'node:path'
import { defaultResourceOf } from '../logto/index.js'
import { managementResourceOf } from '../server/management-api.js'
import { CliError } from './cli-error.js'
import { withHost } from './docker.js'
import { type EnvFile, readEnvFile } from './env-file.js'
import type { Terminal } from './terminal.js'
import {
  checked,
  checkedEndpoint,
  hookUrlProblem,
  redirectUriProblem,
  resourceProblem,
  scopeProblem,
} from './validation.js'
import { DEFAULT_ENDPOINTS, DEFAULT_ENV_FILE, type EndpointName, SECRETS } from './variables.js'

/** Flags that `setup` and `doctor` share, as commander parses them. */
export interface CommonFlags {
  logtoEndpoint?: string
  adminEndpoint?: string
  managementResource?: string
  interaqtEndpoint?: string
  frontendUrl?: string
  redirectUri?: string[]
  postSignOutRedirectUri?: string[]
  resource?: string
  scope?: string[]
  hookUrl?: string
  login?: string
  env?: string
  /** Former name of `env`. */
  envFile?: string
}

/** Where people sign in: in the browser, with tokens, or on the server, with a session. */
export type LoginMode = 'token' | 'session'

/** The configuration of an application, from flags, environment variables and `.env`, in this order. */
export interface Settings {
  /** Base URL of Logto, without a trailing slash. */
  logtoEndpoint: string
  /** Base URL of the token endpoint for the built-in `m-default`. */
  adminEndpoint: string | undefined
  managementResource: string
  interaqtEndpoint: string
  frontendUrl: string
  redirectUris: string[]
  postSignOutRedirectUris: string[]
  /** Indicator of the API resource. */
  resource: string
  scopes: string[]
  hookUrl: string
  loginMode: LoginMode
  /** Where Logto reports sign-outs to the API: beside the webhook, by the name under which Logto reaches the API. */
  backchannelLogoutUri: string
  envPath: string
  envFile: EnvFile
  /** Returns a variable, from the environment or else from `.env`; undefined when it is empty. */
  variable(name: string): string | undefined
}

/**
 * Reads and validates the settings.
 *
 * @param ask - called for an endpoint that neither a flag nor a variable names; default: takes its default.
 * @throws CliError `value_invalid`: names the value, where it came from, and what is wrong with it.
 */
export async function readSettings(
  terminal: Terminal,
  flags: CommonFlags,
  ask: (name: EndpointName) => Promise<string> = async (name) => DEFAULT_ENDPOINTS[name],
): Promise<Settings> {
  const { host } = terminal
  const envPath = resolve(host.cwd, flags.envFile ?? flags.env ?? DEFAULT_ENV_FILE)
  const envFile = await readEnvFile(envPath)
  const variable = (name: string) => host.env[name] || envFile.get(name) || undefined
  concealSecrets(terminal, (name) => host.env[name])
  concealSecrets(terminal, (name) => envFile.get(name))
  const endpoint = async (flag: string | undefined, name: EndpointName) =>
    checkedEndpoint(flag ?? variable(name) ?? (await ask(name)), name)

  // Before the questions: a person should not answer them only to read that a flag is wrong.
  const { redirectUri, postSignOutRedirectUri, scope: scopes = [] } = flags
  for (const uri of redirectUri ?? []) checked(redirectUriProblem, uri, 'The redirect URI')
  for (const uri of postSignOutRedirectUri ?? [])
    checked(redirectUriProblem, uri, 'The post sign-out redirect URI')
  for (const scope of scopes) checked(scopeProblem, scope, 'The scope')
  const loginMode = loginModeOf(flags.login ?? variable('LOGIN_MODE') ?? 'token')
  const admin = flags.adminEndpoint ?? variable('LOGTO_ADMIN_ENDPOINT')

  const logtoEndpoint = await endpoint(flags.logtoEndpoint, 'LOGTO_ENDPOINT')
  const interaqtEndpoint = await endpoint(flags.interaqtEndpoint, 'INTERAQT_ENDPOINT')
  const frontendUrl = await endpoint(flags.frontendUrl, 'FRONTEND_URL')
  const home = new URL('/', frontendUrl).href
  const callback = loginMode === 'session' ? new URL('/auth/callback', frontendUrl).href : home
  const hookHost = variable('LOGTO_WEBHOOK_HOST')
  const ownHookUrl = `${interaqtEndpoint}/api/syncUser`
  const defaultHookUrl = hookHost === undefined ? ownHookUrl : withHost(ownHookUrl, hookHost)
  const hookUrl = checked(hookUrlProblem, flags.hookUrl ?? defaultHookUrl, 'The hook URL')
  const resource = flags.resource ?? variable('LOGTO_RESOURCE') ?? defaultResourceOf(interaqtEndpoint)
  const managementResource = flags.managementResource ?? variable('LOGTO_MANAGEMENT_RESOURCE')

  return {
    logtoEndpoint,
    adminEndpoint: admin && checkedEndpoint(admin, 'LOGTO_ADMIN_ENDPOINT'),
    managementResource: managementResource ?? managementResourceOf(logtoEndpoint),
    interaqtEndpoint,
    frontendUrl,
    redirectUris: redirectUri ?? [checked(redirectUriProblem, callback, 'The redirect URI')],
    postSignOutRedirectUris: postSignOutRedirectUri ?? [
      checked(redirectUriProblem, home, 'The post sign-out redirect URI'),
    ],
    resource: checked(resourceProblem, resource, 'The API resource'),
    scopes,
    hookUrl,
    loginMode,
    backchannelLogoutUri: new URL('/auth/back-channel-logout', hookUrl).href,
    envPath,
    envFile,
    variable,
  }
}

/** Keeps the secrets among these variables out of everything that the terminal prints. */
export function concealSecrets(terminal: Terminal, read: (name: string) => string | undefined): void {
  for (const name of SECRETS) terminal.conceal(read(name))
}

/** Returns the base URL of the token endpoint: the built-in `m-default` lives in the admin tenant (docs/facts.md, "Management API"). */
export function tokenEndpointOf({ logtoEndpoint, adminEndpoint }: Settings, appId: string): string {
  if (appId !== 'm-default') return logtoEndpoint
  if (adminEndpoint) return adminEndpoint
  const url = new URL(logtoEndpoint)
  if (url.port !== '3001') return logtoEndpoint
  url.port = '3002'
  return url.href.replace(/\/+$/, '')
}

function loginModeOf(value: string): LoginMode {
  if (value === 'token' || value === 'session') return value
  throw new CliError('value_invalid', `LOGIN_MODE ${JSON.stringify(value)} is neither token nor session.`)
}
