import { isObject } from '../../logto/is-object.js'
import { isGrantEnded } from '../logto/logto-answer.js'

/** Why a sign-in did not succeed, for `auth_error` in the address of the page: codes of the browser Client's errors. */
export type SignInFailure =
  | 'cancelled'
  | 'sign_in_refused'
  | 'code_expired'
  | 'state_mismatch'
  | 'logto_unavailable'

/** The failure behind what an exchange threw, and whether the operator should hear of it. */
export function signInFailureOf(error: unknown): { failure: SignInFailure; isFault: boolean } {
  if (isGrantEnded(error)) return { failure: 'code_expired', isFault: false }
  if (!isObject(error) || error.name !== 'LogtoError') return { failure: 'logto_unavailable', isFault: true }
  if (error.code === 'callback_uri_verification.state_mismatched') {
    return { failure: 'state_mismatch', isFault: false }
  }
  // RFC 6749, 4.1.2.1: what the person did; anything else is what Logto or its settings did.
  const oauthError = isObject(error.data) ? error.data.error : undefined
  const isCancelled = oauthError === 'access_denied'
  return { failure: isCancelled ? 'cancelled' : 'sign_in_refused', isFault: !isCancelled }
}
