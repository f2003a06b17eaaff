import { type ReactNode, useEffect, useState } from 'react'
import type { SignInOptions } from '../browser/index.js'
import { useLogtoContext } from './context.js'

/** Props of `RequireSignIn`. */
export interface RequireSignInProps {
  /** Registered redirect URI, or all options of `signIn`. The person comes back to the page that required the sign-in. */
  signIn: string | SignInOptions
  /** Shown while it is not known who is signed in, and on the way to Logto. */
  fallback?: ReactNode
  /** Shown when a sign-in has just failed, instead of going to Logto again: a refusal would go round for ever. */
  renderError?: (error: unknown, signIn: () => Promise<void>) => ReactNode
  /**
   * Shown to who has signed out, here or in another tab, or whose session has ended, while the page was open. Without it:
   * `fallback`, and the way to Logto when the person comes back to the tab.
   */
  renderSignedOut?: (signIn: () => Promise<void>) => ReactNode
  children?: ReactNode
}

/**
 * Shows its children to people who are signed in, and sends to Logto who opens the page without being so. A sign-out while
 * it is open sends nobody there: Logto's own session ends only after that of the page, and would sign in again at once.
 *
 * @throws Error outside of a `LogtoProvider`.
 */
export function RequireSignIn({
  signIn,
  fallback = null,
  renderError,
  renderSignedOut,
  children,
}: RequireSignInProps): ReactNode {
  const status = useLogtoContext('RequireSignIn')
  const { client, isLoading, isAuthenticated, hasEnded, error: callbackError } = status
  const [signInError, setSignInError] = useState<unknown>()
  const error = signInError ?? callbackError
  const go = () => {
    const options = typeof signIn === 'string' ? { redirectUri: signIn } : signIn
    return client.signIn({ returnTo: location.href, ...options })
  }
  const isMissing = !isLoading && !isAuthenticated && error === undefined
  const waits = hasEnded && renderSignedOut !== undefined

  // biome-ignore lint/correctness/useExhaustiveDependencies: once per change to signed out, not per render
  useEffect(() => {
    if (!isMissing || waits) return
    const leave = () => void go().catch(setSignInError)
    if (!hasEnded) return leave()
    window.addEventListener('focus', leave, { once: true })
    return () => window.removeEventListener('focus', leave)
  }, [isMissing, waits, hasEnded])

  if (isAuthenticated) return children
  if (!isLoading && error !== undefined && renderError) return renderError(error, go)
  if (waits) return renderSignedOut(go)
  return fallback
}
