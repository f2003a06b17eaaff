import { startLogto } from './server/embedded-logto.js'
import { loadEnvFile } from './server/environment.js'
import { onStop } from './server/on-stop.js'

// Everything at once, for development: a Logto when none is configured, the API, the frontend with hot reload.
loadEnvFile()
const isConfigured = process.env.LOGTO_SPA_APP_ID || process.env.LOGTO_WEB_APP_ID
const logto = isConfigured ? undefined : await startLogto()
const [frontend, { sync }] = await Promise.all([startFrontend(), import('./server.js')])

// The embedded Logto begins anew at each start, and a database that stays does not. Without this, somebody who was deleted
// and is back would be refused for ever, and who is gone would stay.
if (logto && process.env.DATABASE_URL) {
  await sync.reconcile().catch((error: unknown) => console.warn(`User records: ${error}`))
}

console.log(`Logto: ${logto ? `${logto.url} (embedded, for development only)` : process.env.LOGTO_ENDPOINT}`)
console.log(`\nOpen ${frontend.resolvedUrls?.local[0]}`)
if (logto) console.log(process.env.WELCOME_HINT?.replaceAll('`', ''))
console.log('Ctrl-C stops everything.')

onStop(() => Promise.all([frontend.close(), logto?.close()]))

async function startFrontend() {
  const { createServer } = await import('vite')
  return (await createServer()).listen()
}
