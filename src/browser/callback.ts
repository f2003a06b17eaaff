import type { ClientAdapter } from '@logto/browser'
import { issuerOf } from '../logto/endpoint.js'
import { type CallbackAnswer, readCallbackUrl, stripCallbackUrl } from './callback-url.js'
import { NetworkError, SignInError } from './errors.js'
import { explainLogtoFailure, isGrantEnded } from './logto-failure.js'

/** What a callback needs of the LogtoClient. */
interface SignInOperations {
  /** The sign-in that this tab has started; `null` without one. */
  session(): Promise<{ redirectUri: string; state: string } | null>
  endSession(): Promise<void>
  isSignedIn(): Promise<boolean>
  issuer(): Promise<string>
  exchange(url: string): Promise<void>
  exclusively<T>(section: () => Promise<T>): Promise<T>
}

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
  /** Leaves the callback's address out of the history when the SDK goes on to where the person was. */
  navigation(navigate: ClientAdapter['navigate']): ClientAdapter['navigate']
}

/**
 * Completes each sign-in exactly once. A code that is exchanged twice ends the grant of the first exchange (RFC 6749,
 * 4.1.2), and React's strict mode, a reload and a duplicated tab all try to.
 */
export function createCallback(appId: string, logtoEndpoint: string, logto: SignInOperations): Callback {
  const attemptKey = `interaqt-logto:${appId}:callback`
  /** Running and completed callbacks, by `state`. */
  const completions = new Map<string, Promise<boolean>>()
  let untold: Promise<boolean> | undefined

  const completeOnce = async (url: string): Promise<boolean> => {
    const answer = readCallbackUrl(url)
    if (!answer) return false
    const { state } = answer
    const completion =
      completions.get(state) ??
      logto
        .exclusively(() => exchangeAnswer(answer, url))
        .catch((error) => {
          completions.delete(state)
          const failure = explainLogtoFailure(error)
          // Without an answer of Logto the same address can be tried again; anything else is final.
          if (failure instanceof SignInError) stripCallbackUrl(state)
          throw failure
        })
    completions.set(state, completion)
    return completion
  }

  const exchangeAnswer = async ({ state, iss, error, description }: CallbackAnswer, url: string) => {
    const started = await logto.session()
    if (started?.state !== state) {
      // Only Logto's own answers are ours to judge: the address may be the callback of something else.
      if (iss !== issuerOf(logtoEndpoint)) return false
      if (!(await logto.isSignedIn())) throw new SignInError(started ? 'state_mismatch' : 'session_missing')
      stripCallbackUrl(state)
      return false
    }
    if (iss && iss !== (await logto.issuer())) throw new SignInError('state_mismatch')
    if (error) {
      await logto.endSession()
      throw new SignInError(error === 'access_denied' ? 'cancelled' : 'sign_in_refused', description)
    }
    // The attempt is written down before the code is sent: a reload in the middle must not send it again.
    if (localStorage.getItem(attemptKey) === state) {
      await logto.endSession()
      throw new SignInError('code_expired')
    }
    localStorage.setItem(attemptKey, state)
    try {
      await logto.exchange(url.replace(/#.*/, ''))
    } catch (cause) {
      localStorage.removeItem(attemptKey)
      if (!isGrantEnded(cause)) throw cause
      await logto.endSession()
      throw new SignInError('code_expired', cause)
    }
    stripCallbackUrl(state)
    return true
  }

  return {
    complete(url) {
      const told = url ? undefined : untold
      untold = undefined
      return told ?? completeOnce(url ?? location.href)
    },

    async settle() {
      const state = globalThis.location && readCallbackUrl(location.href)?.state
      if (!state) return
      const isNew = !completions.has(state)
      const completion = completeOnce(location.href)
      if (isNew) untold = completion
      await completion.catch((error) => {
        // Its address is still there: the next `complete()` tries again.
        if (error instanceof NetworkError) untold = undefined
      })
    },

    navigation: (navigate) => (url, parameters) => {
      if (parameters.for !== 'post-sign-in') return navigate(url, parameters)
      location.replace(url)
    },
  }
}
