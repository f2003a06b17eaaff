import { isObject } from '../../logto/is-object.js'

/** What a browser that leaves for Logto has to come back with. */
export interface SignInSession {
  redirectUri: string
  codeVerifier: string
  state: string
}

/** Whether an opened value is a sign-in session. */
export function isSignInSession(value: unknown): value is SignInSession {
  return (
    isObject(value) &&
    ['redirectUri', 'codeVerifier', 'state'].every((name) => typeof value[name] === 'string')
  )
}
