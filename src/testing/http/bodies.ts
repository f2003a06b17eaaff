import { isObject } from '../../logto/is-object.js'

/** Returns a JSON answer with Koa's spelling of the content type. */
export function jsonResponse(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(body, {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  })
}

/** Returns a plain text answer. */
export function textResponse(text: string, status: number, headers: Record<string, string> = {}): Response {
  return new Response(text, { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers } })
}

/**
 * Returns the parameters of a token request. Logto accepts JSON as well as a form
 * (recordings/errors/token-json-body-accepted). Malformed JSON has no parameters.
 */
export function tokenParameters(body: string, contentType: string | null | undefined): URLSearchParams {
  if (!contentType?.startsWith('application/json')) return new URLSearchParams(body)
  const fields = parsedJson(body)
  const entries = isObject(fields) ? Object.entries(fields) : []
  return new URLSearchParams(entries.map(([name, value]): [string, string] => [name, String(value)]))
}

/** Returns the value of a JSON text, or the text itself when it is not JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
