import { Client } from '@yourorg/interaqt-logto/browser'

/** What the API's interactions take (`server/model.ts`). */
export type Interactions = {
  writeNote: { payload: { text: string }; result: unknown }
}

/** Made once, outside of any component. */
export const client = new Client<Interactions>({
  logtoEndpoint: import.meta.env.LOGTO_ENDPOINT,
  appId: import.meta.env.LOGTO_SPA_APP_ID,
  interaqtEndpoint: import.meta.env.INTERAQT_ENDPOINT,
  resource: import.meta.env.LOGTO_RESOURCE,
})

/** The one address that Logto sends people back to. */
export const HOME = new URL('/', import.meta.env.FRONTEND_URL).href
