/** An HTTP answer, read whole. */
export interface Answer {
  status: number
  headers: Headers
  /** The parsed JSON, or the text where it is not JSON. */
  body: unknown
  /** The body as an object; empty where it is none. */
  fields: Record<string, unknown>
}

/** Sends a request and reads the answer. Redirects are not followed. */
export async function send(url: string | URL, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') ?? false
  const body: unknown = isJson && text ? JSON.parse(text) : text
  const fields = typeof body === 'object' && body !== null ? Object.fromEntries(Object.entries(body)) : {}
  return { status: response.status, headers: response.headers, body, fields }
}

/** Sends a form. */
export const sendForm = (
  url: string,
  form: Readonly<Record<string, string | undefined>>,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const entries = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return send(url, { method: 'POST', headers, body: new URLSearchParams(entries) })
}

/** A string field of an answer. */
export function text(answer: Answer, name: string): string {
  const value = answer.fields[name]
  if (typeof value !== 'string') {
    throw new Error(`${name} is no string in ${answer.status} ${JSON.stringify(answer.body)}`)
  }
  return value
}
