import type { ClientAdapter } from '@logto/node'
import { isObject } from '../logto/is-object.js'
import { fetchJson } from '../server/fetch-json.js'
import type { EndpointName, IssuerDocument, IssuerMetadata } from '../server/issuer-metadata.js'
import { onHostOf } from '../server/logto-url.js'
import { IdTokenRefused } from './logto-tokens.js'
import type { Settings } from './options.js'

/** Why a sign-in did not succeed, for `auth_error` in the address of the page: codes of the browser Client's errors. */
export type SignInFailure =
  | 'cancelled'
  | 'sign_in_refused'
  | 'code_expired'
  | 'state_mismatch'
  | 'logto_unavailable'

/** Logto answered a request of this process with an error, or with no answer that can be used. */
class LogtoAnswerError extends Error {
  override readonly name = 'LogtoAnswerError'
  /** OAuth's error code (RFC 6749, 5.2), such as `invalid_grant`; undefined when the answer has none. */
  readonly code: string | undefined

  constructor(url: string, status: number, body: unknown) {
    const code = isObject(body) && typeof body.error === 'string' ? body.error : undefined
    // Only the path: a query may hold secrets.
    super(`Logto answered ${status}${code ? ` (${code})` : ''} at ${new URL(url).pathname}`)
    this.code = code
  }
}

/** Whether Logto says that a code or refresh token counts no more: used, expired, revoked, its user suspended. */
export function isGrantEnded(error: unknown): boolean {
  return error instanceof LogtoAnswerError && error.code === 'invalid_grant'
}

/** The failure behind what a sign-in exchange threw, and whether it is a fault to report to the operator. */
export function signInFailureOf(error: unknown): { failure: SignInFailure; isFault: boolean } {
  if (isGrantEnded(error)) return { failure: 'code_expired', isFault: false }
  if (error instanceof IdTokenRefused) return { failure: 'sign_in_refused', isFault: true }
  if (!isObject(error) || error.name !== 'LogtoError') return { failure: 'logto_unavailable', isFault: true }
  if (error.code === 'callback_uri_verification.state_mismatched') {
    return { failure: 'state_mismatch', isFault: false }
  }
  // RFC 6749, 4.1.2.1: what the person did; anything else is what Logto or its settings did.
  const isCancelled = isObject(error.data) && error.data.error === 'access_denied'
  return { failure: isCancelled ? 'cancelled' : 'sign_in_refused', isFault: !isCancelled }
}

/**
 * How the SDK's requests reach Logto: the discovery document comes from `metadata`, all others go out with the
 * application's secret, a timeout, a limit for their size, and no redirects.
 *
 * The function throws LogtoAnswerError, AnswerTooLargeError, what fetch throws, and Error for a URL of another origin than
 * Logto's.
 */
export function requesterOf(
  { appId, appSecret, timeoutMs, fetch }: Settings,
  metadata: IssuerMetadata,
): ClientAdapter['requester'] {
  // RFC 6749, 2.3.1: both are form-encoded before they are joined.
  const authorization = `Basic ${btoa(`${encodeURIComponent(appId)}:${encodeURIComponent(appSecret)}`)}`
  const discovery = new URL(metadata.discoveryUrl)
  return async (input, { method = 'GET', body = null, headers: sent } = {}) => {
    const { href: url, origin } = new URL(String(input))
    // JSON, because the SDK names the type of the answer that it expects. Its URLs are parsed ones, where an upper-case host
    // or a default port is spelt differently.
    if (url === discovery.href) return JSON.parse(JSON.stringify(await endpointsOf(metadata)))
    if (origin !== discovery.origin) {
      throw new Error(`The application's secret is for ${discovery.origin} alone, not for ${origin}`)
    }
    const headers = new Headers(sent)
    headers.set('authorization', authorization)
    const answer = await fetchJson(url, { method, body, headers, timeoutMs, fetch })
    if (answer.status < 200 || answer.status > 299)
      throw new LogtoAnswerError(url, answer.status, answer.body)
    // A revocation is answered with nothing (RFC 7009, 2.2).
    return JSON.parse(JSON.stringify(answer.body ?? null))
  }
}

/** Resolves with a fresh document, or during an outage with the last one. @throws Error when there is none yet. */
export async function freshOrLast(metadata: IssuerMetadata): Promise<IssuerDocument> {
  try {
    return await metadata.fresh()
  } catch (error) {
    if (metadata.last) return metadata.last
    throw error
  }
}

/** Returns a URL that browsers open, on the issuer's host. @throws Error when the document lacks it. */
export function publicUrl(document: IssuerDocument, name: EndpointName): string {
  return onHostOf(document.issuer, document.internalUrl(name))
}

async function endpointsOf(metadata: IssuerMetadata): Promise<Record<string, string>> {
  const document = await freshOrLast(metadata)
  return {
    authorization_endpoint: publicUrl(document, 'authorization_endpoint'),
    end_session_endpoint: publicUrl(document, 'end_session_endpoint'),
    token_endpoint: document.internalUrl('token_endpoint'),
    revocation_endpoint: document.internalUrl('revocation_endpoint'),
  }
}
