import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import { FakeHost } from './fake-host.js'

/** The secret of the machine that may manage the Logto. */
export const MANAGER_SECRET = 'the-managers-secret-0123456789'

/** A Logto that has only a machine that may manage it, and a host whose environment names both. */
export async function startManagedLogto(
  secret = MANAGER_SECRET,
): Promise<{ logto: EmbeddedLogto; host: FakeHost }> {
  const logto = await startEmbeddedLogto({
    port: 0,
    applications: [{ id: 'manager', name: 'Manager', type: 'MachineToMachine', secret, managementApi: true }],
    log: () => {},
  })
  const host = await FakeHost.create()
  Object.assign(host.env, {
    LOGTO_ENDPOINT: logto.url,
    LOGTO_MANAGEMENT_APP_ID: 'manager',
    LOGTO_MANAGEMENT_APP_SECRET: secret,
  })
  return { logto, host }
}
