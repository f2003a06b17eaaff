import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
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

const LogtoContext = createContext<LogtoContextValue | undefined>(undefined)

/** Props of `LogtoProvider`. */
export interface LogtoProviderProps<Api extends InteractionMap> {
  /** The `Client` of the browser entry, made once outside of any component. */
  client: LogtoClientOf<Api>
  children?: ReactNode
}

/**
 * Completes a sign-in that the page was opened with, and provides all components below with the sign-in state, also when it
 * changes in another tab. Safe in React's strict mode: the Client completes a callback once, however often it is asked.
 *
 * @throws TypeError without a `client`.
 *
 * @example
 * const client = new Client(LOGTO_ENDPOINT, SPA_APP_ID, INTERAQT_ENDPOINT)
 * createRoot(root).render(<LogtoProvider client={client}><App /></LogtoProvider>)
 */
export function LogtoProvider<Api extends InteractionMap>({
  client,
  children,
}: LogtoProviderProps<Api>): ReactNode {
  if (!client?.interact) throw new TypeError('LogtoProvider needs client={…}')
  const [status, setStatus] = useState<Omit<LogtoContextValue, 'client'>>({
    isLoading: true,
    isAuthenticated: false,
    hasEnded: false,
    error: undefined,
  })

  useEffect(() => {
    let isMounted = true
    const record = (isAuthenticated: boolean, error?: unknown) => {
      if (!isMounted) return
      setStatus((before) => ({
        isLoading: false,
        isAuthenticated,
        hasEnded: !isAuthenticated && (before.isAuthenticated || before.hasEnded),
        error,
      }))
    }
    client
      .handleCallback()
      .then(
        () => undefined,
        (error: unknown) => error,
      )
      // A callback that failed does not sign out a person who was signed in before.
      .then(async (failure) => record(await client.isAuthenticated(), failure))
      .catch((error: unknown) => record(false, error))
    const unsubscribe = client.onAuthChange(record)
    return () => {
      isMounted = false
      unsubscribe()
    }
  }, [client])

  const value = useMemo(() => ({ ...status, client }), [status, client])
  return <LogtoContext.Provider value={value}>{children}</LogtoContext.Provider>
}

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
