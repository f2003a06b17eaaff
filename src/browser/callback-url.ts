/** An authorization response in the address that the browser came back to (RFC 6749, 4.1.2; `iss`: RFC 9207). */
export interface CallbackAnswer {
  state: string
  code: string | undefined
  error: string | undefined
  error_description: string | undefined
  /** Empty when there is none; two, joined, are none that is expected. */
  iss: string
}

/** Returns the authorization response in `url`, with all keys of its type; `undefined` when there is none. */
export function readCallbackUrl(url: string): CallbackAnswer | undefined {
  const { searchParams } = new URL(url)
  const { state, code, error, error_description } = Object.fromEntries(searchParams)

  return state && (code || error)
    ? { state, code, error, error_description, iss: searchParams.getAll('iss').join() }
    : undefined
}

/** Removes this authorization response from the address bar and from the history entry. */
export function stripCallbackUrl(answer: CallbackAnswer): void {
  const url = new URL(location.href)
  if (url.searchParams.get('state') !== answer.state) return
  for (const name in answer) url.searchParams.delete(name)
  history.replaceState(history.state, '', url)
}
