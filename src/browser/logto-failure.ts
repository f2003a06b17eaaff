import { NetworkError, type NetworkErrorCode, SignInError, type SignInErrorCode } from './errors.js'

/**
 * What the SDK, jose and the browser call a failure (name, code and data in one line), and what it means to the person. jose
 * is known by its codes, because minifiers change its names. The first that fits counts.
 */
const SIGN_IN_FAILURES: [RegExp, SignInErrorCode][] = [
  // Without a refresh token an expired session cannot be renewed.
  [/invalid_grant|Refresh token not found/, 'session_ended'],
  [/not_authenticated/, 'signed_out'],
  [/sign_in_session/, 'session_missing'],
  [/crypto_subtle/, 'insecure_context'],
  [/invalid_iat|ERR_JWT_EXPIRED/, 'clock_wrong'],
  [/^SecurityError|^QuotaExceeded/, 'storage_blocked'],
  [/ oidc\.(?!server_error|temporarily)/, 'token_refused'],
]
const NETWORK_FAILURES: [RegExp, NetworkErrorCode][] = [
  [/^TimeoutError/, 'logto_timeout'],
  // An answer that is not Logto's or not JSON, or none for jose's key set.
  [/^Logto|^SyntaxError|^TypeError|ERR_JWKS_TIMEOUT|ERR_JOSE_GENERIC/, 'logto_unavailable'],
]

/** Whether Logto says that the refresh token or the code is worth nothing any more (RFC 6749, 5.2 `invalid_grant`). */
export function isGrantEnded(error: unknown): boolean {
  return /invalid_grant/.test(nameOf(error))
}

/** A failure of the SDK as a SignInError or NetworkError; what is neither comes back as it is. */
export function explainLogtoFailure(error: unknown): unknown {
  const name = nameOf(error)
  const fits = ([pattern]: [RegExp, unknown]) => pattern.test(name)
  if (/^SignIn|^Network/.test(name)) return error
  const signIn = SIGN_IN_FAILURES.find(fits)
  if (signIn) return new SignInError(signIn[1], error)
  const network = NETWORK_FAILURES.find(fits)
  if (network) return new NetworkError(network[1], error)
  return / ERR_J/.test(name) ? new SignInError('sign_in_refused', error) : error
}

// Logto adds its own `code` to OAuth's error; of a bare OAuth answer the SDK keeps `data`.
function nameOf(error: unknown): string {
  const { name, code, data } = fieldsOf(error)
  return `${name} ${code} ${fieldsOf(data).error ?? data}`
}

/** The fields of an object, whatever it is. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return Object(value)
}
