/// <reference types="vite/client" />

/** What vite.config.ts puts into the page. */
interface ImportMetaEnv {
  readonly LOGTO_ENDPOINT: string
  readonly LOGTO_SPA_APP_ID: string
  readonly INTERAQT_ENDPOINT: string
  readonly FRONTEND_URL: string
  readonly WELCOME_HINT: string
}
