/**
 * An authorization response, taken from the address that the browser came back to (RFC 6749, 4.1.2; `iss`: RFC 9207). It has
 * all these keys.
 */
export interface CallbackAnswer {
  state: string
  code: string | undefined
  error: string | undefined
  error_description: string | undefined
  iss: string | undefined
}

/** The authorization response in `url`; `undefined` when it carries none. */
export function readCallbackUrl(url: string): CallbackAnswer | undefined {
  const { state, code, error, error_description, iss } = Object.fromEntries(new URL(url).searchParams)
  return state && (code || error) ? { state, code, error, error_description, iss } : undefined
}

/** Takes this authorization response out of the address bar and out of the history entry. */
export function stripCallbackUrl(answer: CallbackAnswer): void {
  const url = new URL(location.href)
  if (url.searchParams.get('state') !== answer.state) return
  for (const name in answer) url.searchParams.delete(name)
  history.replaceState(history.state, '', url)
}
