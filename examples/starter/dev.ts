import { startLogto } from './server/embedded-logto.js'
import { loadEnvFile } from './server/environment.js'
import { onStop } from './server/on-stop.js'

// Everything at once, for development: a Logto when none is configured, the API, the frontend with hot reload.
loadEnvFile()
const isConfigured = process.env.LOGTO_SPA_APP_ID || process.env.LOGTO_WEB_APP_ID
const logto = isConfigured ? undefined : await startLogto()
const [frontend] = await Promise.all([startFrontend(), import('./server.js')])

console.log(`Logto: ${logto ? `${logto.url} (embedded, for development only)` : process.env.LOGTO_ENDPOINT}`)
console.log(`\nOpen ${frontend.resolvedUrls?.local[0]}`)
if (logto) console.log(process.env.WELCOME_HINT?.replaceAll('`', ''))
console.log('Ctrl-C stops everything.')

onStop(() => Promise.all([frontend.close(), logto?.close()]))

async function startFrontend() {
  const { createServer } = await import('vite')
  return (await createServer()).listen()
}
