import { createContext, useContext } from 'react'
import type { Client, InteractionMap } from '../browser/index.js'

/** What the components need of the browser `Client`; its type parameter does not matter to them. */
export type LogtoClientOf<Api extends InteractionMap = InteractionMap> = Pick<
  Client<Api>,
  'handleCallback' | 'isAuthenticated' | 'onAuthChange' | 'signIn' | 'signOut' | 'interact'
>

/** Who is signed in, as far as the page knows. */
export interface AuthStatus {
  /** The callback is being completed, or the stored sign-in is being read. */
  isLoading: boolean
  isAuthenticated: boolean
  /** Why the sign-in could not be completed: a SignInError or NetworkError, whose `message` can be shown. */
  error: unknown
}

/** What the provider hands down. */
export interface LogtoContextValue extends AuthStatus {
  client: LogtoClientOf
  /** Somebody was signed in on this page, and signed out or lost the session. */
  hasEnded: boolean
}

export const LogtoContext = createContext<LogtoContextValue | undefined>(undefined)

/** @throws Error outside of a `LogtoProvider`. */
export function useLogtoContext(hook: string): LogtoContextValue {
  const value = useContext(LogtoContext)
  if (!value) throw new Error(`${hook} needs a <LogtoProvider client={…}> around it`)
  return value
}
