import { type ReactNode, useEffect, useState } from 'react'
import type { SignInOptions } from '../browser/index.js'
import { useLogtoContext } from './logto-provider.js'

/** Props of `RequireSignIn`. */
export interface RequireSignInProps {
  /** Registered redirect URI, or all options of `signIn`. The person comes back to the page that required the sign-in. */
  signIn: string | SignInOptions
  /** Shown until the sign-in state is known, and on the way to Logto. */
  fallback?: ReactNode
  /** Shown when a sign-in has just failed. Going to Logto again would repeat a refusal without end. */
  renderError?: (error: unknown, signIn: () => Promise<void>) => ReactNode
  /**
   * Shown when the person signed out, here or in another tab, or the session ended, while the page was open. Without it
   * `fallback` is shown, and the person goes to Logto when they come back to the tab.
   */
  renderSignedOut?: (signIn: () => Promise<void>) => ReactNode
  children?: ReactNode
}

/**
 * Shows its children to a person who is signed in. A person who opens the page signed out goes to Logto. A sign-out while
 * the page is open leads nobody there: Logto's own session ends after that of the page, and would sign in again at once.
 *
 * @throws Error outside of a `LogtoProvider`; TypeError without `signIn`, and for options that `client.signIn` refuses.
 */
export function RequireSignIn({
  signIn,
  fallback,
  renderError,
  renderSignedOut,
  children,
}: RequireSignInProps): ReactNode {
  const {
    client,
    isLoading,
    isAuthenticated,
    hasEnded,
    error: callbackError,
  } = useLogtoContext('RequireSignIn')
  if (signIn === undefined) throw new TypeError('RequireSignIn needs signIn={…}')
  const [signInError, setSignInError] = useState<unknown>()
  const error = signInError ?? callbackError
  const goToLogto = () =>
    client.signIn({
      returnTo: location.href,
      ...(typeof signIn === 'string' ? { redirectUri: signIn } : signIn),
    })
  const isMissing = !isLoading && !isAuthenticated && error === undefined
  const showsSignedOut = hasEnded && renderSignedOut !== undefined

  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each sign-out, not for each render
  useEffect(() => {
    if (!isMissing || showsSignedOut) return
    const leave = () => void goToLogto().catch(setSignInError)
    if (!hasEnded) return leave()
    window.addEventListener('focus', leave, { once: true })
    return () => window.removeEventListener('focus', leave)
  }, [isMissing, showsSignedOut, hasEnded])

  if (isAuthenticated) return children
  if (error !== undefined && renderError) return renderError(error, goToLogto)
  // Wrong options are a mistake in the code; `fallback` alone would hide it.
  if (signInError instanceof TypeError) throw signInError
  if (showsSignedOut) return renderSignedOut(goToLogto)
  return fallback
}
