import { isPassword } from '../../testing/records/passwords.js'
import type { SeedUser } from '../../testing/seed/seed-types.js'
import type { LogtoState } from '../../testing/state/state.js'
import type { ShownAccount } from '../pages/pages.js'

/** Returns what the sign-in page shows now of the users whom a Logto started with. */
export type ShownAccounts = () => ShownAccount[]

/**
 * Returns the accounts to show.
 *
 * @param show - `true` with passwords, `'names'` without them.
 */
export function shownAccounts(
  state: LogtoState,
  seeded: readonly SeedUser[],
  show: boolean | 'names',
): ShownAccounts {
  const candidates = show === false ? [] : seeded
  return () =>
    candidates.flatMap(({ username, primaryEmail, password }) => {
      const identifier = username ?? primaryEmail
      const user = identifier ? state.users.byIdentifier(identifier) : undefined
      // Without a password there is no way to sign in here.
      if (!identifier || !user || user.isSuspended || password === undefined) return []
      const isRight = show === true && isPassword(password, user.passwordDigest)
      return [{ identifier, password: isRight ? password : undefined }]
    })
}
