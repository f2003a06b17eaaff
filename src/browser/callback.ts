import type LogtoClient from '@logto/browser'
import { issuerOf } from '../logto/endpoint.js'
import { type CallbackAnswer, readCallbackUrl, stripCallbackUrl } from './callback-url.js'
import { SignInError } from './errors.js'
import { isGrantEnded, translateLogtoError } from './logto-failure.js'
import type { RunAlone } from './token-lock.js'

/** Where the SDK keeps the sign-in that this tab has started. */
const SIGN_IN_SESSION = 'signInSession'

/** Completes sign-ins. */
export interface Callback {
  /**
   * Resolves with true when `url` was the callback of a sign-in and is now completed; with false when it is no callback, or
   * was completed before.
   *
   * @throws SignInError, NetworkError: see `Client.handleCallback`.
   */
  complete(url?: string): Promise<boolean>
  /**
   * Completes the sign-in that this page was opened with, so that a page works that only calls `isAuthenticated()`, as the
   * guide's does. It never throws: the next `complete()` has the result.
   */
  completeCurrent(): Promise<void>
}

/**
 * Completes each sign-in exactly once: React's strict mode asks twice, and a code that is exchanged twice ends the grant of
 * the first exchange (RFC 6749, 4.1.2).
 */
export function createCallback(logto: LogtoClient, runAlone: RunAlone): Callback {
  const { storage } = logto.adapter
  /** Running and completed callbacks, by `state`. */
  const completions = new Map<string, Promise<boolean>>()
  let pendingResult: Promise<boolean> | undefined

  const exchangeAnswer = async (answer: CallbackAnswer, url: string) => {
    const { state, iss, error, error_description } = answer
    const started: { state?: unknown } | null = JSON.parse((await storage.getItem(SIGN_IN_SESSION)) ?? 'null')
    const isOurs = started?.state === state
    if (!isOurs) {
      // The address may be the callback of something else. Only an answer of this Logto is handled here.
      if (iss !== issuerOf(logto.logtoConfig.endpoint)) return false
      if (!(await logto.isAuthenticated())) throw new SignInError('state_mismatch')
    } else if (error) {
      await storage.removeItem(SIGN_IN_SESSION)
      throw new SignInError(error === 'access_denied' ? 'cancelled' : 'sign_in_refused', error_description)
    } else {
      await logto.handleSignInCallback(url)
    }
    stripCallbackUrl(answer)
    return isOurs
  }

  const completeOnce = (url: string, answer: CallbackAnswer): Promise<boolean> => {
    const { state } = answer
    const completion =
      completions.get(state) ??
      runAlone(() => exchangeAnswer(answer, url)).catch(async (error) => {
        completions.delete(state)
        const isExpired = isGrantEnded(error)
        if (isExpired) await storage.removeItem(SIGN_IN_SESSION)
        const failure = isExpired ? new SignInError('code_expired', error) : translateLogtoError(error)
        // Without an answer of Logto the same address can be tried again; anything else is final.
        if (failure instanceof SignInError) stripCallbackUrl(answer)
        throw failure
      })
    completions.set(state, completion)
    return completion
  }

  return {
    async complete(url = location.href) {
      const answer = readCallbackUrl(url)
      try {
        return await (answer ? completeOnce(url, answer) : (pendingResult ?? false))
      } finally {
        pendingResult = undefined
      }
    },

    async completeCurrent() {
      const answer = globalThis.location && readCallbackUrl(location.href)
      if (!answer) return
      pendingResult = completeOnce(location.href, answer)
      await pendingResult.catch(() => undefined)
    },
  }
}
