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
  children?: ReactNode
}

/**
 * Shows its children to people who are signed in, and sends all others to Logto.
 *
 * @throws Error outside of a `LogtoProvider`.
 */
export function RequireSignIn({
  signIn,
  fallback = null,
  renderError,
  children,
}: RequireSignInProps): ReactNode {
  const { client, isLoading, isAuthenticated, error: callbackError } = useLogtoContext('RequireSignIn')
  const [signInError, setSignInError] = useState<unknown>()
  const error = signInError ?? callbackError
  const go = () => {
    const options = typeof signIn === 'string' ? { redirectUri: signIn } : signIn
    return client.signIn({ returnTo: location.href, ...options })
  }
  const isLeaving = !isLoading && !isAuthenticated && error === undefined

  // biome-ignore lint/correctness/useExhaustiveDependencies: once per change to signed out, not per render
  useEffect(() => {
    if (isLeaving) go().catch(setSignInError)
  }, [isLeaving])

  if (isAuthenticated) return children
  if (!isLoading && error !== undefined && renderError) return renderError(error, go)
  return fallback
}
