import type LogtoClient from '@logto/browser'
import { issuerOf } from '../logto/endpoint.js'
import { type CallbackAnswer, readCallbackUrl, stripCallbackUrl } from './callback-url.js'
import { SignInError } from './errors.js'
import { explainLogtoFailure, fieldsOf, isGrantEnded } from './logto-failure.js'
import type { RunAlone } from './token-lock.js'

/** Where the SDK keeps the sign-in that this tab has started. */
const SIGN_IN_SESSION = 'signInSession'

/** Completes sign-ins. */
export interface Callback {
  /**
   * True when `url` was the callback of a sign-in and is now completed; false when it is none, or was completed before.
   *
   * @throws SignInError, NetworkError: see `Client.handleCallback`.
   */
  complete(url?: string): Promise<boolean>
  /**
   * Completes the sign-in that this page was opened with, so that a page works that only asks `isAuthenticated()`, as the
   * guide's. What came of it is told to the next `complete()`.
   */
  settle(): Promise<void>
}

/**
 * Completes each sign-in exactly once: React's strict mode asks twice, and a code that is exchanged twice ends the grant of
 * the first exchange (RFC 6749, 4.1.2).
 */
export function createCallback(logto: LogtoClient, exclusively: RunAlone): Callback {
  const { storage } = logto.adapter
  /** Running and completed callbacks, by `state`. */
  const completions = new Map<string, Promise<boolean>>()
  let untold: Promise<boolean> | undefined

  const exchangeAnswer = async (answer: CallbackAnswer, url: string) => {
    const { state, iss, error, error_description } = answer
    const started = fieldsOf(JSON.parse((await storage.getItem(SIGN_IN_SESSION)) ?? '{}'))
    const isOurs = started.state === state
    if (!isOurs) {
      // Only Logto's own answers are ours to judge: the address may be the callback of something else.
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
      exclusively(() => exchangeAnswer(answer, url)).catch(async (error) => {
        completions.delete(state)
        const isExpired = isGrantEnded(error)
        if (isExpired) await storage.removeItem(SIGN_IN_SESSION)
        const failure = isExpired ? new SignInError('code_expired', error) : explainLogtoFailure(error)
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
        return await (answer ? completeOnce(url, answer) : (untold ?? false))
      } finally {
        untold = undefined
      }
    },

    async settle() {
      const answer = globalThis.location && readCallbackUrl(location.href)
      if (!answer) return
      untold = completeOnce(location.href, answer)
      await untold.catch(() => undefined)
    },
  }
}
