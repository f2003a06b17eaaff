import { errors } from 'jose'
import { AuthError, type AuthErrorCode } from './auth-error.js'
import { quoted } from './quoted.js'
import type { UnverifiedToken } from './token-format.js'

const CODES_OF_FAILED_CLAIMS: Readonly<Record<string, AuthErrorCode>> = {
  typ: 'type_mismatch',
  iss: 'issuer_mismatch',
  aud: 'audience_mismatch',
  nbf: 'token_not_yet_valid',
}

/** jose's refusal of a token, in this package's words: what was expected, what came, what to do. */
export function asAuthError(
  error: unknown,
  { kid, claims }: UnverifiedToken,
  { audiences }: { audiences: readonly string[] },
): AuthError {
  const refuse = (code: AuthErrorCode, message: string) =>
    new AuthError(code, message, { cause: causeOf(error) })
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return refuse('signature_invalid', `The signature is not that of the issuer's key ${quoted(kid)}`)
  }
  if (error instanceof errors.JWTExpired)
    return refuse('token_expired', `The token expired at ${quoted(claims.exp)}`)
  if (!(error instanceof errors.JWTClaimValidationFailed)) {
    return refuse('token_malformed', 'The token could not be verified as a JWT')
  }
  if (error.reason === 'missing') return refuse('claim_missing', `The token has no ${quoted(error.claim)}`)
  const code = (error.reason === 'check_failed' && CODES_OF_FAILED_CLAIMS[error.claim]) || 'claim_invalid'
  if (code === 'audience_mismatch') {
    return refuse(
      code,
      `Expected the audience ${audiences.map(quoted).join(' or ')}, byte for byte, got ${quoted(claims.aud)}. ` +
        'The frontend must ask for a token of this resource, or `resource` must name the other',
    )
  }
  if (code === 'type_mismatch') {
    return refuse(code, 'Expected "typ" to be "at+jwt", as in an access token of Logto; an ID token has none')
  }
  return refuse(code, `The claim ${quoted(error.claim)} was refused, got ${quoted(claims[error.claim])}`)
}

// jose's claim errors hold the token's whole payload, which has no business in a log.
function causeOf(error: unknown): unknown {
  return error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired
    ? new Error(error.message)
    : error
}
