import { ApiError, NetworkError, SignInError } from '#login'
import type { View } from './page.js'

/**
 * What went wrong, said to a person.
 *
 * @param remedy - what to do where nobody answers.
 */
export function explain(error: unknown, remedy = 'Please try again in a moment.'): string {
  if (error instanceof ApiError) {
    if (error.code === 'user_suspended') return 'Your account is suspended. Ask the people who run this site.'
    // Refusals of the application's own rules say themselves what is wrong.
    if (error.status < 500) return error.message
  }
  if (error instanceof NetworkError) return noAnswer(error, remedy)
  if (error instanceof SignInError) return error.message
  console.error(error)
  return `That did not work. ${remedy}`
}

function noAnswer({ code }: NetworkError, remedy: string): string {
  if (code === 'offline') return 'This device is offline. It goes on when there is a connection again.'
  const side = code.startsWith('logto') ? 'The sign-in service' : 'The server'
  if (code.endsWith('timeout')) return `${side} took too long to answer. ${remedy}`
  return `${side} cannot be reached. ${remedy}`
}

/** What a failure to read leaves to be shown; undefined when the next attempt may succeed. */
export function viewAfter(error: unknown): View | undefined {
  if (error instanceof SignInError) return error.code === 'token_refused' ? 'refused' : 'signed-out'
  if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return 'refused'
  return undefined
}
