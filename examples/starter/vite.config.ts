import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { DEFAULTS, loadEnvFile, resourceOf } from './server/environment.js'

loadEnvFile()
const { hostname: host, port } = new URL(process.env.FRONTEND_URL || DEFAULTS.FRONTEND_URL)

// The page gets these by name and nothing else of the environment, which holds secrets.
const names = [
  'LOGTO_ENDPOINT',
  'LOGTO_SPA_APP_ID',
  'INTERAQT_ENDPOINT',
  'FRONTEND_URL',
  'WELCOME_HINT',
] as const
const value = (name: string) => process.env[name] || DEFAULTS[name as keyof typeof DEFAULTS] || ''

// With a session the browser's cookie is for this origin alone, so what is the API's has to be reached through it.
const isSession = value('LOGIN_MODE') === 'session'
const proxy = Object.fromEntries(
  ['/auth', '/api', '/interaction'].map((path) => [path, value('INTERAQT_ENDPOINT')]),
)

const page = {
  ...Object.fromEntries(names.map((name) => [name, value(name)])),
  LOGTO_RESOURCE: resourceOf(value('INTERAQT_ENDPOINT')),
}

export default defineConfig({
  define: Object.fromEntries(
    Object.entries(page).map(([name, value]) => [`import.meta.env.${name}`, JSON.stringify(value)]),
  ),
  resolve: {
    alias: {
      '#login': fileURLToPath(new URL(`src/login/${isSession ? 'session' : 'token'}.ts`, import.meta.url)),
    },
  },
  server: { host, port: Number(port || 5173), strictPort: true, ...(isSession && { proxy }) },
  build: { target: 'es2022' },
})
