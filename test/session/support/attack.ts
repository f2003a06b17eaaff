import { vi } from 'vitest'
import { BASE_URL, browserOf, type TestApplication } from './application.js'
import type { TestBrowser } from './browser.js'

const COOKIE = 'interaqt-session'

/** The session cookie that a browser holds; empty when it has none. */
export const cookieOf = (browser: TestBrowser): string => browser.cookies(BASE_URL).get(COOKIE) ?? ''

/** A call of an interaction, as a page of the application sends it. */
export const call = (browser: TestBrowser): Promise<Response> => browser.post(`${BASE_URL}/interaction/greet`)

/** Status and code of a refusal; of an answer that is none, its status. */
export async function codeOf(response: Response): Promise<string> {
  const { error } = await response.json()
  return error ? `${response.status} ${error.code}` : String(response.status)
}

/** Calls with one cookie value as the session, in a browser of its own: what came of it, and how many cookies are left. */
export async function callWith(
  application: TestApplication,
  value: string,
): Promise<{ outcome: string; left: number }> {
  const browser = browserOf(application)
  browser.cookies(BASE_URL).set(COOKIE, value)
  const response = await call(browser)
  return { outcome: await codeOf(response), left: browser.cookies(BASE_URL).size }
}

/** Moves the clock of this process, Logto's included, by seconds. */
export function later(seconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1_000 })
}

/** A fetch that notes the refreshes, or every request whose body fits. */
export function counting(requests: string[], pattern = /grant_type=refresh_token/): typeof fetch {
  return (input, init) => {
    if (pattern.test(String(init?.body ?? ''))) requests.push(String(input))
    return fetch(input, init)
  }
}

/** A compact JOSE with one character of a segment replaced, so that its bytes differ. */
export function changed(jose: string, segment: number): string {
  const segments = jose.split('.')
  const text = segments[segment] ?? ''
  const middle = Math.floor(text.length / 2)
  segments[segment] = `${text.slice(0, middle)}${text[middle] === 'A' ? 'B' : 'A'}${text.slice(middle + 1)}`
  return segments.join('.')
}
