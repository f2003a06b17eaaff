import { createLogtoSync } from '@yourorg/interaqt-logto/interaqt'
import { Client } from '@yourorg/interaqt-logto/server'
import { Controller, MonoSystem } from 'interaqt'
import { openDatabase } from './database.js'
import type { Environment } from './environment.js'
import { createModel } from './model.js'

/** What the API and `reconcile.ts` both work with: Logto, the database, and User records in step with Logto's users. */
export async function openApplication(env: Environment) {
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
  const controller = new Controller(sync.extend({ system: new MonoSystem(database), ...createModel() }))
  await controller.setup(isEmpty)
  sync.attach(controller)
  return { logto, sync, controller, close: () => database.close() }
}
