import { BoundedMap } from '../logto/bounded-map.js'
import { type OptionRule, objectThatCan } from '../logto/option-rules.js'
import { AuthError } from './auth-error.js'
import type { AccessTokenClaims } from './claims.js'

/** Where users are looked up: the server Client, with its machine credentials. */
export interface UserSource {
  /** Resolves with the user as Logto has it now; undefined when there is none. */
  getUser(logtoUserId: string): Promise<{ isSuspended?: boolean | undefined } | undefined>
}

export const USER_SOURCE: OptionRule = objectThatCan('the Client of the server entry', 'getUser')

/** Tokens that are remembered as checked; one that is forgotten is checked again. */
const MAX_CHECKED = 10_000
/** How long a refusal stands before Logto is asked again: who is refused can come often. */
const REFUSED_FOR_MS = 5_000

interface Check {
  refusal: Promise<AuthError | undefined>
  /** When Logto is asked again about this token, in milliseconds since the epoch. */
  until: number
}

/**
 * Asks Logto once for each access token whether its user is there and not suspended. The released Logto 1.42.0 checks this
 * when a person signs in, and never again: a sign-in that was under way at the suspension still becomes tokens, and these
 * are renewed (docs/operations.md, "How long a revocation takes").
 */
export class UserCheck {
  readonly #users: UserSource
  readonly #checks = new BoundedMap<Check>(MAX_CHECKED)

  constructor(users: UserSource) {
    this.#users = users
  }

  /** @throws AuthError `user_suspended` (403), `user_unknown` (401); what `getUser` throws: nobody passes unchecked. */
  async assertActive(claims: AccessTokenClaims): Promise<void> {
    const key = JSON.stringify([claims.iss, claims.sub, claims.jti, claims.client_id, claims.iat])
    const known = this.#checks.get(key)
    const refusal = await (known && known.until > Date.now() ? known.refusal : this.#ask(key, claims.sub))
    if (refusal) throw refusal
  }

  async #ask(key: string, userId: string): Promise<AuthError | undefined> {
    const check: Check = { refusal: this.#refusalOf(userId), until: Number.POSITIVE_INFINITY }
    this.#checks.set(key, check)
    try {
      const refusal = await check.refusal
      if (refusal) check.until = Date.now() + REFUSED_FOR_MS
      return refusal
    } catch (error) {
      this.#checks.delete(key)
      throw error
    }
  }

  async #refusalOf(userId: string): Promise<AuthError | undefined> {
    const user = await this.#users.getUser(userId)
    if (!user) return new AuthError('user_unknown', `Logto has no user ${userId}`)
    if (user.isSuspended === true)
      return new AuthError('user_suspended', `Logto has suspended the user ${userId}`)
    return undefined
  }
}
