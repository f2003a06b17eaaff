import { startServer } from '@yourorg/interaqt-logto/http'
import { createLogtoSync } from '@yourorg/interaqt-logto/interaqt'
import { Client, createParseUserId } from '@yourorg/interaqt-logto/server'
import { Controller, MonoSystem } from 'interaqt'
import { PGLiteDB } from 'interaqt/drivers'
import { apis } from './server/apis.js'
import { loadEnvFile, readEnvironment } from './server/environment.js'
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

// In memory, so it is empty at every start. For a database that stays see README.md: `true` drops all tables.
const database = new PGLiteDB()
const controller = new Controller(sync.extend({ system: new MonoSystem(database), ...createModel() }))
await controller.setup(true)
sync.attach(controller)

const server = await startServer(
  controller,
  {
    ...env.listen,
    parseUserId: createParseUserId(logto),
    cors: { origin: new URL(env.frontendUrl).origin },
    sync,
    webhook: { signingKey: env.webhookSigningKey },
  },
  apis,
)
console.log(`API: ${server.url}`)

// What no webhook told: failed deliveries at the start and every minute, a comparison of all users every day.
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
