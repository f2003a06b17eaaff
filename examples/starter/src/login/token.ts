import { Client } from '@yourorg/interaqt-logto/browser'
import { PUBLISH_SCOPE } from '../../server/scopes.js'
import type { Interactions } from '../interactions.js'

export { ApiError, NetworkError, SignInError } from '@yourorg/interaqt-logto/browser'

/** Signs people in with Logto and calls the API with their access tokens. */
export const client = new Client<Interactions>({
  logtoEndpoint: import.meta.env.LOGTO_ENDPOINT,
  appId: import.meta.env.LOGTO_SPA_APP_ID,
  interaqtEndpoint: import.meta.env.INTERAQT_ENDPOINT,
  resource: import.meta.env.LOGTO_RESOURCE,
  scopes: [PUBLISH_SCOPE],
})
