import { isObject } from '../../logto/is-object.js'
import type { UserRecord } from '../../testing/records/records.js'
import type { LogtoState } from '../../testing/state/state.js'

/** Why a step of a sign-in or a sign-up was refused. `field` is the form's field to correct. */
export interface Refusal {
  code: string
  message: string
  status: 400 | 401 | 404 | 422 | 429
  field?: 'identifier' | 'password'
  data?: unknown
}

/** Returns whether an outcome is a refusal rather than a user. */
export const isRefusal = (outcome: UserRecord | Refusal): outcome is Refusal => !('updatedAt' in outcome)

/** Returns why this identifier cannot sign up, or undefined when it can. The codes are those of `POST /api/users`. */
export function newUserRefusal(state: LogtoState, identifier: string): Refusal | undefined {
  const isEmail = identifier.includes('@')
  if (!(isEmail ? /^\S+@\S+\.\S+$/ : /^[A-Z_a-z]\w*$/).test(identifier)) {
    const message =
      'Use an email address, or a username of letters, digits and _ that does not begin with a digit.'
    return { code: 'guard.invalid_input', message, status: 400, field: 'identifier' }
  }
  if (!state.users.holding(isEmail ? 'primaryEmail' : 'username', identifier)) return undefined
  return isEmail
    ? taken('user.email_already_in_use', 'This email is associated with an existing account.')
    : taken('user.username_already_in_use', 'This username is already in use.')
}

/** Returns why the sign-in experience's password policy refuses this password, or undefined when it does not. */
export function passwordRefusal(state: LogtoState, password: string): Refusal | undefined {
  const policy = state.signInExperience.passwordPolicy
  const length = isObject(policy) && isObject(policy.length) ? policy.length.min : undefined
  const min = typeof length === 'number' ? length : 8
  if (password.length >= min) return undefined
  const message = `The password needs at least ${min} characters.`
  return { code: 'password.rejected', message, status: 422, field: 'password' }
}

const taken = (code: string, message: string): Refusal => ({
  code,
  message,
  status: 422,
  field: 'identifier',
})
