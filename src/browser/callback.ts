import type LogtoClient from '@logto/browser'
import { issuerOf } from '../logto/endpoint.js'
import { type CallbackAnswer, readCallbackUrl, stripCallbackUrl } from './callback-url.js'
import { SignInError } from './errors.js'
import { hint, resourceHint } from './hint.js'
import { isGrantEnded, translateLogtoError } from './logto-failure.js'
import type { RunAlone } from './token-lock.js'

/** Where the SDK keeps the sign-in that this tab has started. */
const SIGN_IN_SESSION = 'signInSession'

/** The part of a started sign-in that is read here. */
interface Started {
  state: string
  redirectUri: string
}

/** The part of the discovery document that callbacks are compared with, as the SDK names it. */
interface IssuerConfig {
  issuer: string
  authorizationResponseIssParameterSupported?: boolean
}

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
   * original Logto guide's does. It never throws: a failure is in the console, and the next `complete()` has the result.
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
    const started: Started | null = JSON.parse((await storage.getItem(SIGN_IN_SESSION)) ?? 'null')
    const isOurs = started?.state === state
    if (!isOurs) {
      // The address may be the callback of something else. Only an answer of this Logto is handled here.
      if (iss !== issuerOf(logto.logtoConfig.endpoint)) return false
      if (!(await logto.isAuthenticated())) throw new SignInError('state_mismatch')
    } else {
      const { issuer, authorizationResponseIssParameterSupported: isAlwaysNamed }: IssuerConfig =
        await logto.getOidcConfig()
      // RFC 9207, 2.4: then the answer is not Logto's. An error that names nobody has nothing in it to exchange.
      const isForeign = iss ? iss !== issuer : isAlwaysNamed && !error
      const refused = isForeign ? 'wrong iss' : error
      if (refused) {
        await storage.removeItem(SIGN_IN_SESSION)
        const description = isForeign ? `"${iss}", not ${issuer}` : error_description
        throw refusalOf(refused, description, logto.logtoConfig.resources)
      }
      // The SDK would refuse it too, but not say what it has compared.
      if (!url.startsWith(started.redirectUri))
        throw new SignInError('redirect_uri_mismatch', undefined, mismatchHint(url, started.redirectUri))
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
        // Without an answer of Logto the same code can be tried again; anything else is final.
        if (failure instanceof SignInError && !/^redirect/.test(failure.code)) stripCallbackUrl(answer)
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
      // A page that never asks for the result would otherwise go to Logto again and again without a word.
      await pendingResult.catch(({ message }) => void hint(message))
    },
  }
}

function refusalOf(error: string, description: string | undefined, resources: string[] = []): SignInError {
  if (error === 'access_denied') return new SignInError('cancelled', description)
  const line =
    error === 'invalid_target' ? resourceHint(resources) : hint(`Logto answers ${error}: ${description}`)
  return new SignInError('sign_in_refused', description, line)
}

function mismatchHint(url: string, redirectUri: string): string {
  const [address] = url.split('?')
  return hint(`handleCallback got ${address}, signIn had ${redirectUri}`)
}
