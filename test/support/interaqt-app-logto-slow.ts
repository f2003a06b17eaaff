import type { LogtoSource } from '../../src/interaqt/index.js'
import type { Client } from '../../src/server/index.js'

/** Logto for the applications: some answers take a while to come back, so that what they say may be old by then. */
export function slowly(client: Client): LogtoSource {
  return {
    users: (options) => client.users(options),
    recentDeliveries: (hookId, options) => client.recentDeliveries(hookId, options),
    async getUser(logtoId, options) {
      const user = await client.getUser(logtoId, options)
      await new Promise((resolve) => setTimeout(resolve, slowness()))
      return user
    },
  }
}

// Most are fast and some overtaken: another process has to hear of a later change, ask, and write, meanwhile.
function slowness(): number {
  return Math.random() < 0.3 ? 20 + Math.random() * 50 : Math.random() * 4
}
