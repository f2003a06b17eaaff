/** An error of the OpenID Connect endpoints, before Logto's additions. */
export interface OidcError {
  error: string
  error_description?: string
  [field: string]: unknown
}

// Logto's texts, as far as recorded (recordings/errors/*.json).
const MESSAGES: Record<string, string> = {
  invalid_request: 'Request is invalid.',
  invalid_grant: 'Grant request is invalid.',
  // The placeholder stays as it is (recordings/released/B5-refresh-role-new-since-sign-in-scope-named.json).
  invalid_scope: 'Invalid scope: {{error_description}}.',
  invalid_target: 'Invalid resource indicator.',
  invalid_token: 'Invalid token provided.',
  invalid_redirect_uri: "`redirect_uri` did not match any of the client's registered `redirect_uris`.",
  access_denied: 'Access denied.',
  insufficient_scope: 'Token missing scope `{{scope}}`.',
  unsupported_grant_type: 'Unsupported `grant_type` requested.',
}

/** A refusal of an OpenID Connect endpoint. */
export class OidcRefusal extends Error {
  readonly status: number
  readonly error: string

  constructor(status: number, error: string, description: string) {
    super(description)
    this.name = 'OidcRefusal'
    this.status = status
    this.error = error
  }

  toBody(): Record<string, unknown> {
    return withLogtoFields({ error: this.error, error_description: this.message })
  }
}

/** Adds what Logto adds to an OAuth error: `code`, `message` and, for a refused grant, a help page. */
export function withLogtoFields(body: OidcError): Record<string, unknown> {
  const code = `oidc.${body.error}`
  return {
    code,
    message: MESSAGES[body.error] ?? `An OIDC error occurred: ${code}.`,
    ...(body.error === 'invalid_grant' && { error_uri: 'https://openid.sh/debug/invalid_grant' }),
    ...body,
  }
}
