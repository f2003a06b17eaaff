import { matchesOrigin, matchesRedirectUri } from '../logto/redirect-uri.js'
import { asSeenFromDocker } from './docker.js'
import type { Resource, Secret } from './logto-schemas.js'

// What an application needs of Logto: `setup` creates it, `doctor` checks it.

/** The role that lets a machine use the Management API (docs/facts.md, "Management API"). */
export const MANAGEMENT_ROLE = 'Logto Management API access'

/**
 * Events that the sync of User records needs: the four about a change of a user, and the two that repeat the user at
 * registration and sign-in, so that they make up for a lost delivery. Logto delivers no event twice.
 */
export const SYNC_EVENTS = [
  'User.Created',
  'User.Deleted',
  'User.Data.Updated',
  'User.SuspensionStatus.Updated',
  'PostRegister',
  'PostSignIn',
]

/** Shortest cookie secret that `createSession` accepts. */
export const MIN_COOKIE_SECRET_LENGTH = 32

/** Returns the values from `wanted` that `known` lacks, each once. */
export function missingFrom(known: readonly string[] = [], wanted: readonly string[]): string[] {
  return [...new Set(wanted)].filter((value) => !known.includes(value))
}

/** Returns the redirect URIs from `wanted` that none of the registered ones is or, by its wildcards, matches; each once. */
export function missingRedirectUris(registered: readonly string[] = [], wanted: readonly string[]): string[] {
  return missingFrom(registered, wanted).filter(
    (uri) => !registered.some((pattern) => matchesRedirectUri(pattern, uri)),
  )
}

/** Whether one of these redirect URIs is of this origin. Logto then lets the origin fetch tokens. */
export function allowsOrigin(redirectUris: readonly string[], origin: string): boolean {
  return redirectUris.some((uri) => matchesOrigin(uri, origin))
}

/** Whether `registered` leads to our URL, perhaps by the name that Docker has for this machine, as of an earlier run. */
export function leadsTo(url: string, registered: string | undefined): registered is string {
  return registered === url || registered === asSeenFromDocker(url)
}

/** Whether a secret is of no use any more. `now` is milliseconds since the epoch. */
export function hasExpired({ expiresAt }: Secret, now: number): boolean {
  return expiresAt ? expiresAt <= now : false
}

/**
 * Finds the API resource with this indicator, which Logto compares byte for byte; or else one that differs only in what
 * people overlook: a trailing slash, letter case, http or https.
 */
export function matchResource(
  resources: readonly Resource[],
  indicator: string,
): { found?: Resource | undefined; similar?: Resource | undefined } {
  const found = resources.find((resource) => resource.indicator === indicator)
  if (found) return { found }
  const normal = (text: string) =>
    text
      .toLowerCase()
      .replace(/^https:/, 'http:')
      .replace(/\/+$/, '')
  return { similar: resources.find((resource) => normal(resource.indicator) === normal(indicator)) }
}
