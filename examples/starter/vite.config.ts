import { defineConfig } from 'vite'
import { DEFAULTS, loadEnvFile } from './server/environment.js'

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

export default defineConfig({
  define: Object.fromEntries(names.map((name) => [`import.meta.env.${name}`, JSON.stringify(value(name))])),
  server: { host, port: Number(port || 5173), strictPort: true },
  build: { target: 'es2022' },
})
