import { readBytes } from '../logto/read-chunks.js'
import { HttpError } from './http-error.js'

/** Default of `maxBodyBytes`: 1 MiB, as Fastify had it under Interaqt 0.8. */
export const DEFAULT_MAX_BODY_BYTES = 1_048_576

// Deeper than any payload; a million nested brackets would end in a stack overflow further on.
const MAX_DEPTH = 100

/**
 * Returns the JSON value of a request; `undefined` when it has no body.
 *
 * @param maxBytes - larger bodies are refused, and read no further than this many bytes.
 * @throws HttpError `body_too_large` (413), `content_type_unsupported` (415), `body_malformed` (400).
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const bytes = await readBytes(request, maxBytes).catch(endedEarly)
  if (!bytes) throw tooLarge(maxBytes)
  if (bytes.length === 0) return undefined
  // Anything else is what a form of a foreign site can send without a CORS preflight.
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(request.headers.get('content-type') ?? '')) {
    const message = 'The body must be JSON: Content-Type: application/json.'
    throw new HttpError(415, 'content_type_unsupported', message)
  }
  const value = parseJson(bytes)
  refuseHostileShape(value, 0)
  return value
}

// The caller went away in the middle, so no one reads the answer.
function endedEarly(cause: unknown): never {
  throw new HttpError(400, 'body_malformed', 'The body ended early.', { cause })
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new HttpError(400, 'body_malformed', 'The body is not JSON in UTF-8.', { cause })
  }
}

// `__proto__` as a key becomes the prototype as soon as code assigns the keys one by one.
function refuseHostileShape(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return
  if (depth >= MAX_DEPTH) {
    throw new HttpError(400, 'body_malformed', `The body is nested deeper than ${MAX_DEPTH} levels.`)
  }
  if (Array.isArray(value)) {
    for (const item of value) refuseHostileShape(item, depth + 1)
    return
  }
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') throw new HttpError(400, 'body_malformed', 'The body has a key "__proto__".')
    refuseHostileShape(item, depth + 1)
  }
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, 'body_too_large', `The body is larger than ${maxBytes} bytes.`, {
    // What is left of the body stays unread, so the connection cannot carry another request.
    headers: { connection: 'close' },
  })
}
