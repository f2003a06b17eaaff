/** Claims that the browser reads of a token that it does not verify: whose it is, and how long it lives (seconds). */
export interface UnverifiedClaims {
  sub?: string
  iat?: number
  exp?: number
}

/** Claims of a JWT, without any check of its signature; `{}` for an opaque token. */
export function readClaims(token: string | null | undefined): UnverifiedClaims {
  try {
    const claims: unknown = JSON.parse(
      atob((token?.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/')),
    )
    return typeof claims === 'object' && claims !== null ? claims : {}
  } catch {
    return {}
  }
}
