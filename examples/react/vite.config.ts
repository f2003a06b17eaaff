import { defineConfig } from 'vite'
import { DEFAULTS, loadEnvFile, resourceOf } from './server/environment.js'

loadEnvFile()
// The page gets these by name and nothing else of the environment, which holds secrets.
const names = ['LOGTO_ENDPOINT', 'LOGTO_SPA_APP_ID', 'INTERAQT_ENDPOINT', 'FRONTEND_URL', 'WELCOME_HINT']
const value = (name: string) => process.env[name] || DEFAULTS[name as keyof typeof DEFAULTS] || ''
const page = {
  ...Object.fromEntries(names.map((name) => [name, value(name)])),
  LOGTO_RESOURCE: resourceOf(value('INTERAQT_ENDPOINT')),
}
const { hostname: host, port } = new URL(value('FRONTEND_URL'))

export default defineConfig({
  define: Object.fromEntries(
    Object.entries(page).map(([name, value]) => [`import.meta.env.${name}`, JSON.stringify(value)]),
  ),
  esbuild: { jsx: 'automatic' },
  server: { host, port: Number(port || 5173), strictPort: true },
  build: { target: 'es2022' },
})
