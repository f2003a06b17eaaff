import { defineConfig } from 'vite'

// The page gets these by name and nothing else of the environment, which holds secrets.
const values = {
  LOGTO_ENDPOINT: process.env.LOGTO_ENDPOINT || 'http://127.0.0.1:3001',
  LOGTO_SPA_APP_ID: process.env.LOGTO_SPA_APP_ID || '',
  INTERAQT_ENDPOINT: process.env.INTERAQT_ENDPOINT || 'http://127.0.0.1:4000',
  FRONTEND_URL: process.env.FRONTEND_URL || 'http://127.0.0.1:5173',
  WELCOME_HINT: process.env.WELCOME_HINT || '',
}
const { hostname: host, port } = new URL(values.FRONTEND_URL)

export default defineConfig({
  define: Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`import.meta.env.${name}`, JSON.stringify(value)]),
  ),
  esbuild: { jsx: 'automatic' },
  server: { host, port: Number(port || 5173), strictPort: true },
  build: { target: 'es2022' },
})
