import { Client } from '@yourorg/interaqt-logto/browser'

/** The interactions that this page calls, of those that the starter's API has. */
export type Interactions = {
  sendFriendRequest: { payload: { username: string }; result: unknown }
  acceptFriendRequest: { payload: { request: { id: string } }; result: unknown }
}

/** Made once, outside of any component. */
export const client = new Client<Interactions>({
  logtoEndpoint: import.meta.env.LOGTO_ENDPOINT,
  appId: import.meta.env.LOGTO_SPA_APP_ID,
  interaqtEndpoint: import.meta.env.INTERAQT_ENDPOINT,
})

/** The one address that Logto sends people back to. */
export const HOME = new URL('/', import.meta.env.FRONTEND_URL).href
