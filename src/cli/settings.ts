import { resolve } from 'node:path'
import { DEFAULT_MANAGEMENT_API_RESOURCE, defaultResourceOf } from '../logto/index.js'
import { CliError } from './cli-error.js'
import { withHost } from './docker.js'
import { type EnvFile, readEnvFile } from './env-file.js'
import type { Terminal } from './terminal.js'
import {
  endpointProblem,
  hookUrlProblem,
  redirectUriProblem,
  resourceProblem,
  scopeProblem,
  shown,
} from './validation.js'

/** Flags that `setup` and `doctor` share, as commander gives them. */
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
  envFile: string
  json?: boolean
}

/** Where people are signed in: in the browser, with tokens, or on the server, with a session. */
export type LoginMode = 'token' | 'session'

/** What an application is configured to be, from flags, environment variables and `.env`, in this order. */
export interface Settings {
  /** Base URL of Logto, without a trailing slash. */
  logtoEndpoint: string
  /** Base URL that gives tokens to the built-in `m-default`. */
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
  /** Where Logto tells the API of sign-outs: beside the webhook, by the name under which Logto reaches the API. */
  backchannelLogoutUri: string
  envPath: string
  envFile: EnvFile
  /** A variable, from the environment or else from `.env`; undefined when it is empty. */
  variable(name: string): string | undefined
}

const SECRETS = [
  'LOGTO_M2M_APP_SECRET',
  'LOGTO_MANAGEMENT_APP_SECRET',
  'LOGTO_WEBHOOK_SIGNING_KEY',
  'LOGTO_WEB_APP_SECRET',
  'COOKIE_SECRET',
]

const DEFAULTS: Record<string, string> = {
  LOGTO_ENDPOINT: 'http://127.0.0.1:3001',
  INTERAQT_ENDPOINT: 'http://127.0.0.1:4000',
  FRONTEND_URL: 'http://127.0.0.1:5173',
}

/** @throws CliError `value_invalid`: names the value, where it came from, and what is wrong with it. */
export async function readSettings(terminal: Terminal, flags: CommonFlags): Promise<Settings> {
  const { host } = terminal
  const envPath = resolve(host.cwd, flags.envFile)
  const envFile = await readEnvFile(envPath)
  const variable = (name: string) => host.env[name] || envFile.get(name) || undefined
  for (const name of SECRETS) {
    terminal.conceal(host.env[name])
    terminal.conceal(envFile.get(name))
  }
  const endpoint = (flag: string | undefined, name: string) =>
    withoutSlash(checked(endpointProblem, flag ?? variable(name) ?? DEFAULTS[name] ?? '', name))

  const logtoEndpoint = endpoint(flags.logtoEndpoint, 'LOGTO_ENDPOINT')
  const interaqtEndpoint = endpoint(flags.interaqtEndpoint, 'INTERAQT_ENDPOINT')
  const frontendUrl = endpoint(flags.frontendUrl, 'FRONTEND_URL')
  const admin = flags.adminEndpoint ?? variable('LOGTO_ADMIN_ENDPOINT')
  const home = new URL('/', frontendUrl).href
  const loginMode = loginModeOf(flags.login ?? variable('LOGIN_MODE') ?? 'token')
  const callback = loginMode === 'session' ? new URL('/auth/callback', frontendUrl).href : home
  const redirectUris = flags.redirectUri ?? [callback]
  const postSignOutRedirectUris = flags.postSignOutRedirectUri ?? [home]
  const scopes = flags.scope ?? []
  for (const uri of redirectUris) checked(redirectUriProblem, uri, 'The redirect URI')
  for (const uri of postSignOutRedirectUris)
    checked(redirectUriProblem, uri, 'The post sign-out redirect URI')
  for (const scope of scopes) checked(scopeProblem, scope, 'The scope')

  const hookHost = variable('LOGTO_WEBHOOK_HOST')
  const ownHookUrl = `${interaqtEndpoint}/api/syncUser`
  const defaultHookUrl = hookHost === undefined ? ownHookUrl : withHost(ownHookUrl, hookHost)
  const hookUrl = checked(hookUrlProblem, flags.hookUrl ?? defaultHookUrl, 'The hook URL')

  return {
    logtoEndpoint,
    adminEndpoint: admin && withoutSlash(checked(endpointProblem, admin, 'LOGTO_ADMIN_ENDPOINT')),
    managementResource:
      flags.managementResource ??
      variable('LOGTO_MANAGEMENT_RESOURCE') ??
      managementResourceOf(logtoEndpoint),
    interaqtEndpoint,
    frontendUrl,
    redirectUris,
    postSignOutRedirectUris,
    resource: checked(
      resourceProblem,
      flags.resource ?? variable('LOGTO_RESOURCE') ?? defaultResourceOf(interaqtEndpoint),
      'The API resource',
    ),
    scopes,
    hookUrl,
    loginMode,
    backchannelLogoutUri: new URL('/auth/back-channel-logout', hookUrl).href,
    envPath,
    envFile,
    variable,
  }
}

/** Where the machine application gets its tokens: the built-in `m-default` lives in the admin tenant (docs/facts.md, "Management API"). */
export function tokenEndpointOf({ logtoEndpoint, adminEndpoint }: Settings, appId: string): string {
  if (appId !== 'm-default') return logtoEndpoint
  if (adminEndpoint) return adminEndpoint
  const url = new URL(logtoEndpoint)
  if (url.port !== '3001') return logtoEndpoint
  url.port = '3002'
  return withoutSlash(url.href)
}

function loginModeOf(value: string): LoginMode {
  if (value === 'token' || value === 'session') return value
  throw new CliError('value_invalid', `LOGIN_MODE ${JSON.stringify(value)} is neither token nor session.`)
}

/** Logto Cloud's Management API has the tenant in its indicator; self-hosted Logtos share one. */
function managementResourceOf(logtoEndpoint: string): string {
  const { hostname } = new URL(logtoEndpoint)
  return hostname.endsWith('.logto.app') ? `https://${hostname}/api` : DEFAULT_MANAGEMENT_API_RESOURCE
}

function checked(problem: (value: string) => string | undefined, value: string, name: string): string {
  const found = problem(value)
  if (found) throw new CliError('value_invalid', `${name} ${shown(value)} ${found}.`)
  return value
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
