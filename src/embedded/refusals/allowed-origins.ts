import type { ApplicationRecord } from '../../testing/records/records.js'

/** Returns the origins from which the browser may call the token endpoint for this application (recordings/cors). */
export function allowedOrigins(application: ApplicationRecord): string[] {
  if (application.type === 'MachineToMachine') return []
  const origins = application.oidcClientMetadata.redirectUris.flatMap((uri) =>
    URL.canParse(uri) ? [new URL(uri).origin] : [],
  )
  return [...new Set([...origins, ...(application.customClientMetadata.corsAllowedOrigins ?? [])])]
}
