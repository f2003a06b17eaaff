/** An authorization response, taken from the address that the browser came back to. */
export interface CallbackAnswer {
  state: string
  error: string | undefined
  /** What Logto says of the error. */
  description: string | undefined
  iss: string | undefined
}

/** The authorization response in `url` (RFC 6749, 4.1.2; `iss`: RFC 9207); `undefined` when it carries none. */
export function readCallbackUrl(url: string): CallbackAnswer | undefined {
  const { state, code, error, error_description, iss } = Object.fromEntries(new URL(url).searchParams)
  if (!state || !(code || error)) return undefined
  return { state, error, description: error_description ?? error, iss }
}

/** Takes the authorization response with this `state` out of the address bar and out of the history entry. */
export function stripCallbackUrl(state: string): void {
  const url = new URL(location.href)
  if (url.searchParams.get('state') !== state) return
  for (const name of ['code', 'state', 'error', 'error_description', 'iss']) url.searchParams.delete(name)
  history.replaceState(history.state, '', url)
}
