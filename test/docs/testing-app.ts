import { createDataAPI } from '../../src/http/index.js'
import type { Client } from '../../src/server/index.js'
import { startApp } from '../support/interaqt-app.js'
import { openPglite } from '../support/pglite.js'

/** The reader's application of docs/testing.md. */
export async function createController(logto: Client) {
  const { controller, sync } = await startApp(openPglite(), { logto })
  const whoAmI = createDataAPI(({ user }) => ({ username: user.username }))
  return { controller, sync, apis: { whoAmI } }
}
