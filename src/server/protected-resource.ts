/** An API as RFC 9728 describes it to clients: what a token must be for, and who issues it. */
export interface ProtectedResource {
  /** API resources whose tokens are accepted. */
  readonly resources: readonly string[]
  /** Scopes that every request needs. */
  readonly scopes: readonly string[]
  /** Resolves with the issuers whose tokens are accepted. @throws AuthError `keys_unavailable`. */
  issuers(): Promise<readonly string[]>
}

/** What a verifier of tokens may say of itself. */
interface Verifier {
  readonly audiences?: readonly string[]
  issuers?(): Promise<readonly string[]>
}

/** Returns the description of the API that a verifier's tokens are for; nothing for a verifier that names no resource. */
export function protectedResourceOf(
  verifier: Verifier,
  scopes: readonly string[],
): { protectedResource?: ProtectedResource } {
  const { audiences: resources } = verifier
  const issuers = verifier.issuers?.bind(verifier)
  if (!resources || !issuers) return {}
  return { protectedResource: { resources: [...resources], scopes: [...scopes], issuers } }
}
