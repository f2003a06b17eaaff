/** Environment variables of an application. `setup` writes them, `doctor` checks them. */
export const SPA_APP_ID = 'LOGTO_SPA_APP_ID'
export const WEB_APP_ID = 'LOGTO_WEB_APP_ID'
export const WEB_APP_SECRET = 'LOGTO_WEB_APP_SECRET'
export const COOKIE_SECRET = 'COOKIE_SECRET'
export const M2M_APP_ID = 'LOGTO_M2M_APP_ID'
export const M2M_APP_SECRET = 'LOGTO_M2M_APP_SECRET'
/** A machine application for `setup` alone. */
export const MANAGEMENT_APP_ID = 'LOGTO_MANAGEMENT_APP_ID'
export const MANAGEMENT_APP_SECRET = 'LOGTO_MANAGEMENT_APP_SECRET'
export const WEBHOOK_KEY = 'LOGTO_WEBHOOK_SIGNING_KEY'
/** Id of the webhook. The API needs it to read the deliveries that failed, and to apply them again. */
export const WEBHOOK_ID = 'LOGTO_WEBHOOK_ID'

/** The variables that nothing prints. */
export const SECRETS = [M2M_APP_SECRET, MANAGEMENT_APP_SECRET, WEBHOOK_KEY, WEB_APP_SECRET, COOKIE_SECRET]

/** The three servers, and where they are on a developer's machine. */
export const DEFAULT_ENDPOINTS = {
  LOGTO_ENDPOINT: 'http://127.0.0.1:3001',
  INTERAQT_ENDPOINT: 'http://127.0.0.1:4000',
  FRONTEND_URL: 'http://127.0.0.1:5173',
}
export type EndpointName = keyof typeof DEFAULT_ENDPOINTS

/** Values of environment variables, by name. */
export type EnvValues = Record<string, string>

/** The file of environment variables, where no flag names another. */
export const DEFAULT_ENV_FILE = '.env'
