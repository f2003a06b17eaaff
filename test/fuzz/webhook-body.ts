import fc from 'fast-check'
import {
  createWebhookHandler,
  isTestDelivery,
  type LogtoWebhookEvent,
  SIGNATURE_HEADER,
  signWebhook,
  userIdOf,
  userOf,
  verifyWebhook,
  WEBHOOK_EVENTS,
  WebhookError,
} from '../../src/webhook/index.js'
import { webhookRecordings } from '../support/webhook-recordings.js'
import { anyJson, jsonOf } from './nested-json.js'
import { fuzzerOf, must, type Target } from './target.js'

const KEY = 'the-key-of-the-hook-0123456789'
const MAX_BYTES = 200_000
const ANSWERS = [200, 400, 401, 405, 413, 415]

const recorded = fc.constantFrom(...webhookRecordings().map(({ body }) => body))
const field = fc.tuple(
  fc.constantFrom(
    'event',
    'hookId',
    'createdAt',
    'data',
    'userId',
    'user',
    'matchedRoute',
    'params',
    'status',
    '__proto__',
    'interactionEvent',
    'x',
  ),
  fc.oneof(anyJson, fc.constantFrom(...WEBHOOK_EVENTS)),
)
const ofUser = fc.tuple(
  fc.constantFrom(
    'id',
    'username',
    'customData',
    'identities',
    'isSuspended',
    'updatedAt',
    'profile',
    '__proto__',
    'hasOwnProperty',
  ),
  anyJson,
)
const body = fc.oneof(
  // A real delivery with other values in it: the most of it is right, so that it gets furthest.
  {
    weight: 6,
    arbitrary: fc
      .tuple(recorded, fc.array(field, { maxLength: 3 }), fc.array(ofUser, { maxLength: 3 }))
      .map(([text, fields, user]) => {
        const event = { ...JSON.parse(text), ...Object.fromEntries(fields) }
        const isUser = typeof event.data === 'object' && event.data !== null && !Array.isArray(event.data)
        return jsonOf(isUser ? { ...event, data: { ...event.data, ...Object.fromEntries(user) } } : event)
      }),
  },
  { weight: 1, arbitrary: recorded },
  { weight: 1, arbitrary: anyJson.map(jsonOf) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
)
const input = fc.record({
  body,
  /** Bytes put in before it is signed. */
  garbage: fc.option(
    fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), bytes: fc.uint8Array({ maxLength: 4 }) }),
    { freq: 4 },
  ),
  signature: fc.oneof(
    { weight: 6, arbitrary: fc.constant('right' as const) },
    { weight: 2, arbitrary: fc.constantFrom('of another key', 'of another body', 'none') },
    {
      weight: 1,
      arbitrary: fc
        .string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF ,=;'), maxLength: 130 })
        .map((text) => ({ text })),
    },
  ),
  method: fc.constantFrom('POST', 'POST', 'POST', 'POST', 'PUT'),
  encoding: fc.constantFrom(undefined, undefined, undefined, 'identity', 'gzip'),
})

/** The webhook's body and signature. */
export const webhookBody: Target = {
  name: 'webhook-body',
  holds:
    'No body is handed on that its key did not sign, nothing but a WebhookError is thrown, and no body makes a fault of the server.',
  reaches: ['200 handled', '400', '401', '405', '413', '415'],
  async open() {
    let handed: LogtoWebhookEvent[] = []
    const silent = { info: () => {}, warn: () => {}, error: () => {} }
    const handle = createWebhookHandler({
      signingKey: ['an-older-key-0123456789', KEY],
      maxBodyBytes: MAX_BYTES,
      onAny: (event) => handed.push(event),
      onError: () => {},
      logger: silent,
    })
    return fuzzerOf(input, async ({ body, garbage, signature, method, encoding }) => {
      const bytes = withGarbage(Buffer.from(body), garbage)
      const sent = signatureOf(bytes, signature)
      const isSigned = sent?.toLowerCase() === signWebhook(bytes, KEY)
      const headers = new Headers({ 'content-type': 'application/json' })
      if (sent !== undefined) headers.set(SIGNATURE_HEADER, sent)
      if (encoding !== undefined) headers.set('content-encoding', encoding)

      handed = []
      const response = await handle(
        new Request('http://127.0.0.1:4000/api/syncUser', { method, headers, body: bytes }),
      )
      const answer: unknown = await response.json()
      must(ANSWERS.includes(response.status), `It answers ${response.status} ${JSON.stringify(answer)}`)
      must(isSigned || response.status !== 200, 'It answers 200 to what nobody signed')
      must(isSigned || handed.length === 0, 'It hands on what nobody signed')
      must(
        response.status === 200 || handed.length === 0,
        `It hands on what it answers with ${response.status}`,
      )
      for (const event of handed) checkEvent(event, bytes)
      checkVerify(bytes, sent, isSigned)
      return handed.length > 0 ? `${response.status} handled` : String(response.status)
    })
  },
}

/** What is handed on says what was sent, and can be read by those who get it. */
function checkEvent(event: LogtoWebhookEvent, bytes: Uint8Array): void {
  const sent: { event?: unknown; hookId?: unknown } = JSON.parse(new TextDecoder().decode(bytes))
  must(event.event === sent.event && event.hookId === sent.hookId, 'It hands on another event than was sent')
  const userId = userIdOf(event)
  must(userId === undefined || typeof userId === 'string', `userIdOf returns ${typeof userId}`)
  const user = userOf(event)
  must(user === undefined || typeof user.id === 'string', 'userOf returns a user without an id')
  must(!isTestDelivery(event), 'A test delivery is handed on')
}

function checkVerify(bytes: Uint8Array, signature: string | undefined, isSigned: boolean): void {
  try {
    verifyWebhook(bytes, signature ?? null, KEY)
    must(isSigned, 'verifyWebhook returns what nobody signed')
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error
    must(
      isSigned ? error.status === 400 : error.status === 401,
      `${error.code} for a body that is ${isSigned ? '' : 'not '}signed`,
    )
  }
}

type Input = typeof input extends fc.Arbitrary<infer Value> ? Value : never

function signatureOf(bytes: Uint8Array, signature: Input['signature']): string | undefined {
  if (typeof signature === 'object') return signature.text
  if (signature === 'right') return signWebhook(bytes, KEY)
  if (signature === 'of another key') return signWebhook(bytes, `${KEY}x`)
  return signature === 'none' ? undefined : signWebhook(Buffer.concat([bytes, Buffer.from(' ')]), KEY)
}

function withGarbage(bytes: Buffer, garbage: Input['garbage']): Buffer<ArrayBuffer> {
  if (!garbage) return Buffer.concat([bytes])
  const index = Math.floor(garbage.at * bytes.length)
  return Buffer.concat([bytes.subarray(0, index), garbage.bytes, bytes.subarray(index)])
}
