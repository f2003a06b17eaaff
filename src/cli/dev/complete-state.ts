import { stableId } from '../../testing/records/identifiers.js'
import { seedState } from '../../testing/seed/seed.js'
import type { LogtoState } from '../../testing/state/state.js'
import type { DevSeed } from './seed.js'

/**
 * Adds what a restored state lacks of the seed: the flags count at every start, and a state file may be of a former
 * version. Users are as the file says, and the webhook goes to where the API is now.
 */
export function completeState(state: LogtoState, { applications, resources, hooks }: DevSeed): void {
  for (const application of applications) {
    const known = state.applications.get(application.id)?.oidcClientMetadata
    if (!known) seedState(state, { applications: [application] })
    else if ('redirectUris' in application) {
      known.redirectUris = [...new Set([...known.redirectUris, ...application.redirectUris])]
      const uris = [...known.postLogoutRedirectUris, ...application.postLogoutRedirectUris]
      known.postLogoutRedirectUris = [...new Set(uris)]
    }
  }
  for (const resource of resources) completeResource(state, resource)
  for (const hook of hooks) {
    const known = [...state.hooks.values()].find(({ signingKey }) => signingKey === hook.signingKey)
    if (known) known.config.url = hook.url
    else seedState(state, { hooks: [hook] })
  }
}

function completeResource(
  state: LogtoState,
  { indicator, name, ...seed }: DevSeed['resources'][number],
): void {
  // The id is free unless the state holds the resource of another endpoint.
  const id = state.resources.has(seed.id) ? stableId(21, seed.id, indicator) : seed.id
  const resource = state.resourceByIndicator(indicator) ?? state.resources.add({ id, indicator, name })
  const known = state.scopesOf(resource.id).map((scope) => scope.name)
  const missing = seed.defaultScopes.filter((scope) => !known.includes(scope))
  if (missing.length === 0) return
  const roleName = `default:${indicator}`
  const role = state.roleByName(roleName) ?? state.roles.add({ name: roleName, isDefault: true })
  for (const scope of missing) {
    role.scopeIds.add(state.scopes.add({ resourceId: resource.id, name: scope }).id)
  }
  for (const user of state.users.newestFirst()) user.roleIds.add(role.id)
}
