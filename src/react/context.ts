import { createContext, useContext } from 'react'
import type { Client, InteractionMap } from '../browser/index.js'

/** The part of the browser `Client` that the components use. Both Clients have it. */
export type LogtoClientOf<Api extends InteractionMap = InteractionMap> = Pick<
  Client<Api>,
  'handleCallback' | 'isAuthenticated' | 'onAuthChange' | 'signIn' | 'signOut' | 'interact'
>

/** Whether a person is signed in, as far as the page knows. */
export interface AuthStatus {
  /** True while the callback is completed or the stored sign-in is read. */
  isLoading: boolean
  isAuthenticated: boolean
  /** Why the sign-in could not be completed: a SignInError or NetworkError, whose `message` can be shown. */
  error: unknown
}

/** The value of `LogtoContext`. */
export interface LogtoContextValue extends AuthStatus {
  client: LogtoClientOf
  /** A person was signed in on this page, and signed out or lost the session. */
  hasEnded: boolean
}

export const LogtoContext = createContext<LogtoContextValue | undefined>(undefined)

/**
 * Returns the context.
 *
 * @param hook - named in the message.
 * @throws Error outside of a `LogtoProvider`.
 */
export function useLogtoContext(hook: string): LogtoContextValue {
  const value = useContext(LogtoContext)
  if (!value) throw new Error(`${hook} needs a <LogtoProvider client={…}> around it`)
  return value
}
