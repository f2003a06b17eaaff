import { signWebhook } from '../../src/webhook/index.js'

/** The key of the hook in tests that need no recorded one. */
export const SIGNING_KEY = 'fjxuU4YbwYlolcSF00G2rYXAODlmrbQ9'

/** An event that every test can send: nothing but what identifies it, and what the test adds. */
export function eventJson(fields: Record<string, unknown> = {}): string {
  return JSON.stringify({
    event: 'User.Created',
    createdAt: '2026-11-23T08:59:13.213Z',
    hookId: '12ew19pe9zq8cmntrm5js',
    ...fields,
  })
}

/** Headers of a delivery of this body, truly signed. */
export function signedHeaders(body: string | Uint8Array, signingKey = SIGNING_KEY): Record<string, string> {
  return {
    'content-type': 'application/json',
    'logto-signature-sha-256': signWebhook(body, signingKey),
  }
}

/** A truly signed delivery. */
export function signedRequest(body: string | Uint8Array<ArrayBuffer> = eventJson()): Request {
  return new Request('http://127.0.0.1:4000/api/syncUser', {
    method: 'POST',
    headers: signedHeaders(body),
    body,
  })
}
