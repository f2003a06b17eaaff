/// <reference types="vite/client" />

/** What vite.config.ts puts into the page. */
interface ImportMetaEnv {
  readonly LOGTO_ENDPOINT: string
  readonly LOGTO_SPA_APP_ID: string
  readonly INTERAQT_ENDPOINT: string
  readonly LOGTO_RESOURCE: string
  readonly FRONTEND_URL: string
  /** A line for the welcome page, code between backticks: who can sign in on the embedded Logto. Empty with a real one. */
  readonly WELCOME_HINT: string
}
