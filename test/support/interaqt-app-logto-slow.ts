import type { LogtoSource } from '../../src/interaqt/index.js'
import type { Client } from '../../src/server/index.js'

/** Logto for the applications: answers take a while to come back, so that what they say may be old by then. */
export function slowly(client: Client): LogtoSource {
  return {
    users: (options) => client.users(options),
    recentDeliveries: (hookId, options) => client.recentDeliveries(hookId, options),
    async getUser(logtoId, options) {
      const user = await client.getUser(logtoId, options)
      await new Promise((resolve) => setTimeout(resolve, Math.random() ** 2 * 20))
      return user
    },
  }
}
