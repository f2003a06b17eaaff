import { NEWER_SCOPE, versionOf } from './versions.js'

/** Says which Logto this is. No answer of Logto names its version, but discovery's scopes tell the measured ones apart. */
export async function describeLogto(endpoint: string): Promise<string> {
  const isNewer = (await versionOf(endpoint)) === 'development'
  const version = isNewer
    ? `newer than 1.42.0, because it knows the scope ${NEWER_SCOPE}`
    : '1.42.0 or one with its scopes'
  return `Logto at ${endpoint} (${version})`
}
