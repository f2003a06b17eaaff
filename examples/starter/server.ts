import { startServer } from '@yourorg/interaqt-logto/http'
import { createLogtoSync } from '@yourorg/interaqt-logto/interaqt'
import { Client } from '@yourorg/interaqt-logto/server'
import { Controller, MonoSystem } from 'interaqt'
import { apis } from './server/apis.js'
import { openDatabase } from './server/database.js'
import { loadEnvFile, readEnvironment } from './server/environment.js'
import { loginOf } from './server/login.js'
import { createModel } from './server/model.js'
import { onStop } from './server/on-stop.js'

loadEnvFile()
const env = readEnvironment()

const logto = new Client({
  logtoEndpoint: env.logtoEndpoint,
  appId: env.machineAppId,
  appSecret: env.machineAppSecret,
  interaqtEndpoint: env.interaqtEndpoint,
  resource: env.resource,
})
const sync = createLogtoSync({
  logto,
  mapUser: ({ id, username, name }) => ({ username: username ?? id, name: name ?? username ?? id }),
})

const { database, isEmpty } = await openDatabase(env.databaseUrl)
const controller = new Controller({ system: new MonoSystem(database), ...createModel(sync) })
await controller.setup(isEmpty)
sync.attach(controller)

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

// What no webhook told: failed deliveries every minute, a comparison of all users every day and at the first start.
const { webhookId } = env
const schedule = sync.schedule({
  reconcileEvery: 24 * 60 * 60_000,
  ...(webhookId && { hookId: webhookId, replayEvery: 60_000 }),
})

onStop(async () => {
  await schedule.stop()
  await server.close()
  await database.close()
})
