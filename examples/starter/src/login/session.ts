import { Client } from '@yourorg/interaqt-logto/browser/session'
import type { Interactions } from '../interactions.js'

export { ApiError, NetworkError, SignInError } from '@yourorg/interaqt-logto/browser/session'

/** Leaves sign-in to the API and calls it with a cookie: no token comes here. */
export const client = new Client<Interactions>()
