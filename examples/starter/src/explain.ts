import { ApiError, NetworkError, SignInError } from '@yourorg/interaqt-logto/browser'

/** What went wrong, said to a person. */
export function explain(error: unknown): string {
  if (error instanceof ApiError) {
    if (error.code === 'user_suspended') return 'Your account is suspended. Ask the people who run this site.'
    // Refusals of the application's own rules say themselves what is wrong.
    if (error.status < 500 && error.status !== 401) return error.message
  }
  if (error instanceof NetworkError || error instanceof SignInError) return error.message
  console.error(error)
  return 'That did not work. Please try again in a moment.'
}

/** Whether the person has to sign in again before anything else works. */
export function endsSession(error: unknown): boolean {
  if (error instanceof ApiError) return error.status === 401 || error.code === 'user_suspended'
  return error instanceof SignInError && error.code !== 'token_refused'
}
