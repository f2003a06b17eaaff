import type { Client } from '../browser/index.js'
import { type AuthStatus, type LogtoClientOf, useLogtoContext } from './logto-provider.js'

/** Result of `useLogto`. */
export interface LogtoState extends AuthStatus {
  client: LogtoClientOf
  signIn: Client['signIn']
  signOut: Client['signOut']
}

/**
 * Returns the sign-in state, and what changes it.
 *
 * @throws Error outside of a `LogtoProvider`.
 *
 * @example
 * const { isAuthenticated, signIn, signOut } = useLogto()
 * return isAuthenticated ? <button onClick={() => signOut()}>Sign out</button> : …
 */
export function useLogto(): LogtoState {
  const { hasEnded: _, ...state } = useLogtoContext('useLogto')
  const { client } = state
  return {
    ...state,
    signIn: (options) => client.signIn(options),
    signOut: (postLogoutRedirectUri) => client.signOut(postLogoutRedirectUri),
  }
}
