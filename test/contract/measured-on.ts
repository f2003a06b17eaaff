import type { ContractCase, MeasuredOn } from './case.js'

/**
 * Beginnings of the names of recordings of the release that were compared with the development version: the same script
 * ran on both, and they differed in nothing but the fields of versions.ts.
 */
const RECORDED_ON_BOTH = [
  'account-center-',
  'account-get-',
  'account-patch-',
  'application-secret',
  'applications-post-',
  'authorize-without-redirect_uri-',
  'code-exchange-without-redirect_uri-',
  'hook-create-',
  'hooks-post-',
  'introspection-without-',
  'jwks.',
  'm2m-role-assign.',
  'oauth-authorization-server',
  'openid-configuration.',
  'resources-post-',
  'status',
  'token-secret-',
  'token-unknown-client.',
  'user-create.',
  'user-object-get.',
  'userinfo-scope-',
  'users-list.',
  'users-page-size-',
  'users-patch-',
  'version-probe-',
  'wildcard-',
]

const RELEASED = 'released/'

/**
 * Returns what a case's answer was measured on. The recordings in `released` are of the release. The others are of the
 * development version; the cases that compare with them were run against both versions, and agreed in all but the
 * fields of versions.ts. A case for which that is not so says it.
 */
export function measuredOn({ recording, only, measuredOn }: ContractCase): MeasuredOn {
  if (measuredOn) return measuredOn
  if (only) return [only]
  return recording.split(', ').every(isOfReleaseAlone) ? ['1.42.0'] : ['1.42.0', 'development']
}

function isOfReleaseAlone(path: string): boolean {
  if (!path.startsWith(RELEASED)) return false
  const name = path.slice(RELEASED.length)
  return !RECORDED_ON_BOTH.some((beginning) => name.startsWith(beginning))
}

/** The same in a cell of the table. */
export function measuredOnText(of: ContractCase): string {
  const versions = measuredOn(of)
  return versions === 'sources' ? 'sources only' : versions.join(', ')
}
