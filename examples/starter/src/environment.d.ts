/// <reference types="vite/client" />

/** What vite.config.ts puts into the page. */
interface ImportMetaEnv {
  readonly LOGTO_ENDPOINT: string
  readonly LOGTO_SPA_APP_ID: string
  readonly INTERAQT_ENDPOINT: string
  /** Users of the embedded Logto to sign in with, for the welcome page; empty with a real Logto. */
  readonly DEMO_USERS: string
}
