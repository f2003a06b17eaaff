import { resolve } from 'node:path'
import { defaultResourceOf } from '../../logto/index.js'
import { CliError } from '../cli-error.js'
import { type EnvFile, readEnvFile } from '../env-file.js'
import type { Host } from '../terminal.js'
import { checked, checkedEndpoint, redirectUriProblem, resourceProblem, scopeProblem } from '../validation.js'
import { DEFAULT_ENDPOINTS, DEFAULT_ENV_FILE } from '../variables.js'

/** Flags of `dev`. */
export interface DevFlags {
  port: string
  /** `name:password`, or `name:password:displayed name`. */
  user?: string[]
  /** Path of a JSON file with users. */
  users?: string
  /** Shows the passwords of these users too. */
  showPasswords?: boolean
  scope?: string[]
  resource?: string
  redirectUri?: string[]
  postSignOutRedirectUri?: string[]
  /** Path of the file that keeps users and everything else between runs. */
  state?: string
  frontendUrl?: string
  interaqtEndpoint?: string
  writeEnv?: boolean
  env?: string
  /** Former name of `env`. */
  envFile?: string
  yes?: boolean
}

/** What `dev` serves, from flags, environment variables and `.env`, in this order. */
export interface DevSettings {
  port: number
  interaqtEndpoint: string
  frontendUrl: string
  /** Indicator of the API resource. */
  resource: string
  scopes: string[]
  /** Beside those of the frontend. */
  redirectUris: string[]
  postSignOutRedirectUris: string[]
  statePath: string | undefined
  envPath: string
  envFile: EnvFile
}

/** @throws CliError `value_invalid`: names the value, where it came from, and what is wrong with it. */
export async function readDevSettings(host: Host, flags: DevFlags): Promise<DevSettings> {
  const envPath = resolve(host.cwd, flags.envFile ?? flags.env ?? DEFAULT_ENV_FILE)
  const envFile = await readEnvFile(envPath)
  const variable = (name: string) => host.env[name] || envFile.get(name) || undefined
  const endpoint = (flag: string | undefined, option: string, name: keyof typeof DEFAULT_ENDPOINTS) =>
    flag === undefined
      ? checkedEndpoint(variable(name) ?? DEFAULT_ENDPOINTS[name], name)
      : checkedEndpoint(flag, option)
  const interaqtEndpoint = endpoint(flags.interaqtEndpoint, '--interaqt-endpoint', 'INTERAQT_ENDPOINT')
  const resource = flags.resource ?? variable('LOGTO_RESOURCE') ?? defaultResourceOf(interaqtEndpoint)
  const { scope: scopes = [], redirectUri = [], postSignOutRedirectUri = [] } = flags
  for (const scope of scopes) checked(scopeProblem, scope, '--scope')
  for (const uri of redirectUri) checked(redirectUriProblem, uri, '--redirect-uri')
  for (const uri of postSignOutRedirectUri) checked(redirectUriProblem, uri, '--post-sign-out-redirect-uri')
  return {
    port: portOf(flags),
    interaqtEndpoint,
    frontendUrl: endpoint(flags.frontendUrl, '--frontend-url', 'FRONTEND_URL'),
    resource: checked(resourceProblem, resource, 'The API resource'),
    scopes,
    redirectUris: redirectUri,
    postSignOutRedirectUris: postSignOutRedirectUri,
    statePath: flags.state === undefined ? undefined : resolve(host.cwd, flags.state),
    envPath,
    envFile,
  }
}

function portOf({ port }: DevFlags): number {
  const number = Number(port)
  if (/^\d+$/.test(port) && number <= 65_535) return number
  throw new CliError('value_invalid', `--port ${JSON.stringify(port)} must be a number up to 65535.`)
}
