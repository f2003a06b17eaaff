import { type ReactNode, useEffect, useMemo, useState } from 'react'
import type { InteractionMap } from '../browser/index.js'
import { type LogtoClientOf, LogtoContext, type LogtoContextValue } from './context.js'

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
 * @example
 * const client = new Client(LOGTO_ENDPOINT, SPA_APP_ID, INTERAQT_ENDPOINT)
 * createRoot(root).render(<LogtoProvider client={client}><App /></LogtoProvider>)
 */
export function LogtoProvider<Api extends InteractionMap>({
  client,
  children,
}: LogtoProviderProps<Api>): ReactNode {
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
      setStatus((before) => {
        const hasEnded = !isAuthenticated && (before.isAuthenticated || before.hasEnded)
        return { isLoading: false, isAuthenticated, hasEnded, error }
      })
    }
    const start = async () => {
      const failure = await client.handleCallback().then(
        () => undefined,
        (error: unknown) => error,
      )
      // A callback that failed does not sign out a person who was signed in before.
      record(await client.isAuthenticated(), failure)
    }
    start().catch((error: unknown) => record(false, error))
    const unsubscribe = client.onAuthChange((isAuthenticated) => record(isAuthenticated))
    return () => {
      isMounted = false
      unsubscribe()
    }
  }, [client])

  const value = useMemo(() => ({ ...status, client }), [status, client])
  return <LogtoContext.Provider value={value}>{children}</LogtoContext.Provider>
}
