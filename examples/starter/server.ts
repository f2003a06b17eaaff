import { startServer } from '@yourorg/interaqt-logto/http'
import { apis } from './server/apis.js'
import { openApplication } from './server/application.js'
import { loadEnvFile, readEnvironment } from './server/environment.js'
import { loginOf } from './server/login.js'
import { onStop } from './server/on-stop.js'

loadEnvFile()
const env = readEnvironment()
const { logto, sync, controller, close } = await openApplication(env)

export { sync }

const server = await startServer(
  controller,
  {
    ...env.listen,
    ...(await loginOf(env, logto)),
    sync,
    webhook: { signingKey: env.webhookSigningKey },
  },
  apis,
)
console.log(`API: ${server.url}`)

// What no webhook told: failed deliveries at the start and every minute, a comparison of all users at the first start and
// every day. `npm run reconcile` does the latter by hand.
const { webhookId } = env
const schedule = sync.schedule({
  reconcileEvery: 24 * 60 * 60_000,
  ...(webhookId && { hookId: webhookId, replayEvery: 60_000 }),
})

onStop(async () => {
  await schedule.stop()
  await server.close()
  await close()
})
