import { startEmbeddedLogto } from '../../src/embedded/index.js'
import type { LogtoVersion } from '../../src/testing/index.js'
import { versionOf } from './versions.js'

/** The Logto under contract, and the machine that may manage it. */
export interface LogtoUnderContract {
  endpoint: string
  /** Where the machine gets its token: the admin endpoint for the built-in application `m-default`. */
  tokenEndpoint: string
  machine: { id: string; secret: string }
  /** By its discovery document. */
  version: LogtoVersion
  /** Whether it posts logout tokens to loopback and private addresses, which a Logto refuses by default. */
  postsToPrivateAddresses: boolean
  /** Whether it is the embedded one. */
  embedded: boolean
  close(): Promise<void>
}

/**
 * The Logto that the environment names: `LOGTO_ENDPOINT`, `LOGTO_M2M_APP_ID`, `LOGTO_M2M_APP_SECRET` and, for the
 * built-in `m-default`, `LOGTO_ADMIN_ENDPOINT`. Without `LOGTO_ENDPOINT` an embedded one is started.
 *
 * @param version - of the embedded one; default the release.
 */
export async function connect(version?: LogtoVersion): Promise<LogtoUnderContract> {
  const endpoint = process.env.LOGTO_ENDPOINT?.replace(/\/+$/, '')
  if (endpoint) {
    const admin = process.env.LOGTO_ADMIN_ENDPOINT?.replace(/\/+$/, '')
    return {
      endpoint,
      version: await versionOf(endpoint),
      tokenEndpoint: `${admin ?? endpoint}/oidc/token`,
      machine: { id: required('LOGTO_M2M_APP_ID'), secret: required('LOGTO_M2M_APP_SECRET') },
      // As the given Logto was started.
      postsToPrivateAddresses: process.env.OIDC_PROVIDER_SSRF_PROTECTION_DISABLED === 'true',
      embedded: false,
      close: async () => {},
    }
  }
  const machine = { id: 'contract-machine', secret: 'contract-machine-secret' }
  const logto = await startEmbeddedLogto({
    port: 0,
    version,
    log: () => {},
    backchannelLogout: { allowPrivateAddresses: true },
    applications: [{ ...machine, name: 'contract', type: 'MachineToMachine', managementApi: true }],
  })
  return {
    endpoint: logto.url,
    version: await versionOf(logto.url),
    tokenEndpoint: `${logto.url}/oidc/token`,
    machine,
    postsToPrivateAddresses: true,
    embedded: true,
    close: () => logto.close(),
  }
}

function required(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} must be set together with LOGTO_ENDPOINT`)
  return value
}
