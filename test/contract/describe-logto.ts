import { send } from './http.js'

/** A scope that the release 1.42.0 does not have; the development version of 2026-08-21 has it. */
const NEWER_SCOPE = 'urn:logto:scope:trusted_devices'

/** Says which Logto this is. No answer of Logto names its version, but discovery's scopes tell the measured ones apart. */
export async function describeLogto(endpoint: string): Promise<string> {
  const { fields } = await send(`${endpoint}/oidc/.well-known/openid-configuration`)
  const scopes = Array.isArray(fields.scopes_supported) ? fields.scopes_supported : []
  const version = scopes.includes(NEWER_SCOPE)
    ? `newer than 1.42.0, because it knows the scope ${NEWER_SCOPE}`
    : `1.42.0 or one with its scopes`
  return `Logto at ${endpoint} (${version})`
}
