import type { Provider } from 'oidc-provider'

// The words of oidc-provider's own dispatcher.
const REFUSED_ADDRESS = 'special-use IP address'

/**
 * Prints a line for each logout token that did not arrive. Logto itself says nothing
 * (recordings/released/effects-summary.json).
 */
export function reportBackchannelLogout(provider: Provider, log: (line: string) => void): void {
  provider.on('backchannel.error', (_ctx, error, client) => {
    const reason = innermost(error).message
    const remedy = reason.includes(REFUSED_ADDRESS)
      ? '. So does Logto 1.42, unless OIDC_PROVIDER_SSRF_PROTECTION_DISABLED=true; here: backchannelLogout: { allowPrivateAddresses: true }'
      : ''
    const to = `${client.backchannelLogoutUri} of application ${JSON.stringify(client.clientId)}`
    log(`No logout token reached ${to}: ${reason}${remedy}`)
  })
}

// fetch says only "fetch failed", and why in its cause.
const innermost = (error: Error): Error => (error.cause instanceof Error ? innermost(error.cause) : error)
