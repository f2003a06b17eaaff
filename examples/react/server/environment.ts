import { existsSync } from 'node:fs'

/** Values that suit a laptop, so that only what Logto hands out has to be filled in. */
export const DEFAULTS = {
  LOGTO_ENDPOINT: 'http://127.0.0.1:3001',
  INTERAQT_ENDPOINT: 'http://127.0.0.1:4000',
  FRONTEND_URL: 'http://127.0.0.1:5173',
}

/** Reads `.env` into the environment. What the environment has already stays as it is. */
export function loadEnvFile(): void {
  if (existsSync('.env')) process.loadEnvFile('.env')
}

/** The API resource: its name in Logto where that is another one than usual, or else what setup makes. */
export function resourceOf(interaqtEndpoint: string): string {
  return process.env.LOGTO_RESOURCE || `${interaqtEndpoint}/interaction`
}

/**
 * What differs between a laptop and production; `.env.example` says what each value is.
 *
 * @throws Error that names every variable that is missing.
 */
export function readEnvironment() {
  const missing: string[] = []
  const read = (name: string): string => {
    const value = process.env[name] || DEFAULTS[name as keyof typeof DEFAULTS]
    if (!value) missing.push(name)
    return value ?? ''
  }
  const interaqtEndpoint = read('INTERAQT_ENDPOINT')
  const environment = {
    logtoEndpoint: read('LOGTO_ENDPOINT'),
    machineAppId: read('LOGTO_M2M_APP_ID'),
    machineAppSecret: read('LOGTO_M2M_APP_SECRET'),
    webhookSigningKey: read('LOGTO_WEBHOOK_SIGNING_KEY'),
    webhookId: process.env.LOGTO_WEBHOOK_ID || undefined,
    interaqtEndpoint,
    resource: resourceOf(interaqtEndpoint),
    listen: {
      host: process.env.HOST || '127.0.0.1',
      port: Number(process.env.PORT || new URL(interaqtEndpoint).port || 4000),
    },
    frontendUrl: read('FRONTEND_URL'),
  }
  if (missing.length > 0) {
    throw new Error(
      `Set ${missing.join(', ')} in the environment or in .env: .env.example says what they are.`,
    )
  }
  return environment
}
