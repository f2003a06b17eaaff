import { NetworkError, SignInError, signInErrorCodeOf } from './errors.js'

/** Whether Logto says that the refresh token or the code is worth nothing any more (RFC 6749, 5.2). */
export function isGrantEnded(error: unknown): boolean {
  return /invalid_grant/.test(describe(error))
}

/** A failure of the SDK as a SignInError or NetworkError; what is neither comes back as it is. */
export function explainLogtoFailure(error: unknown): unknown {
  const description = describe(error)
  const code = signInErrorCodeOf(description)
  if (code) return new SignInError(code, error)
  if (/^Timeout/.test(description)) return new NetworkError('logto_timeout', error)
  // An answer that is not Logto's or not JSON, or none for jose's key set.
  if (/^Logto|^Syntax|^Type| ERR_J/.test(description)) return new NetworkError('logto_unavailable', error)
  return error
}

function describe(error: unknown): string {
  const { name, code } = fieldsOf(error)
  return `${name} ${code}`
}

/** The fields of an object, whatever it is. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return Object(value)
}
