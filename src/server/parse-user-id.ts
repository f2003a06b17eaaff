import { checkOptions } from '../logto/check-options.js'
import type { Connection } from '../logto/connection.js'
import { LOGGER, type Logger } from '../logto/logger.js'
import {
  defined,
  listOf,
  type OptionRule,
  type OptionRules,
  objectThatCan,
  required,
  STRING,
} from '../logto/option-rules.js'
import { AuthError, quoted } from './auth-error.js'
import { AUTHORIZED_PARTIES, checkAuthorizedParty } from './authorized-party.js'
import type { RequestHeaders } from './bearer-token.js'
import { type AccessTokenClaims, organizationOf, scopesOf } from './claims.js'
import { DevUserIdHeader } from './dev-user-id.js'
import { type ProtectedResource, protectedResourceOf } from './protected-resource.js'
import { USER_SOURCE, UserCheck, type UserSource } from './user-check.js'

/** Who makes a request. */
export interface Identity {
  /** Logto user id. */
  userId: string
  /** Scopes that the token carries. */
  scopes: string[]
  /** Organization that the token was issued for. */
  organizationId?: string
  claims: AccessTokenClaims
}

/** What `createParseUserId` needs of the server Client. */
export interface TokenVerifier {
  verifyJWTForAPI(headers: RequestHeaders): Promise<AccessTokenClaims>
  /** Where the warnings go, unless `createParseUserId` gets a logger of its own. */
  readonly logger?: Logger
  /** API resources whose tokens are accepted, and the issuers of these tokens, for `protectedResource` of the result. */
  readonly audiences?: readonly string[]
  issuers?(): Promise<readonly string[]>
}

/** What a request needs beside a valid token of a user. */
export interface ParseUserIdOptions {
  /** Scopes that every request must have, all of them. */
  requiredScopes?: readonly string[]
  /** Organization that the token must be issued for, by its id. */
  requiredOrganization?: string
  /**
   * Ids of the applications whose tokens pass, compared with `client_id` and `azp`; at least one. Default: every
   * application of the tenant that can get a token for this API.
   */
  authorizedParties?: readonly string[]
  /**
   * Asks Logto once for each access token whether its user is suspended or gone: give the Client, with machine credentials.
   * For applications without `sync`, whose User record decides otherwise. While Logto is away nobody passes whose token was
   * not checked before.
   */
  users?: UserSource
  /**
   * DANGER: a header whose value is taken for the caller's Logto user id, without any token. For local development
   * only: it works when `NODE_ENV` is `development` or `test` (unset is not enough), warns when it is switched on, and
   * makes `startServer` listen on loopback only. It is believed for requests of this machine alone: the connection
   * comes from a loopback address, no header of a proxy is there, and `Host` and `Origin` name this machine. Elsewhere
   * it is ignored, with a warning, and the token is asked for.
   */
  devUserIdHeader?: string
  /** Where the warnings about `devUserIdHeader` go. Default: the logger of the Client, or `console`. */
  logger?: Logger
}

/** RFC 6749, section 3.3: what a scope may be made of. It goes into the challenge, between double quotes. */
const SCOPE: OptionRule = {
  expected: 'a scope: characters without space, quote and backslash',
  accepts: (value) => typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value),
}

const VERIFIER_RULES = {
  logto: required(
    objectThatCan('the Client of the server entry', 'verifyJWTForAPI'),
    'give the Client of the server entry: createParseUserId(logto)',
  ),
}

export const PARSE_USER_ID_RULES = {
  requiredScopes: listOf(SCOPE),
  // `undefined` is the value of an environment variable that is not set, and would let every organization pass.
  requiredOrganization: defined(STRING),
  authorizedParties: AUTHORIZED_PARTIES,
  users: USER_SOURCE,
  devUserIdHeader: {
    // RFC 9110, section 5.1: a field name is a token.
    expected: 'the name of a header',
    accepts: (value: unknown) => typeof value === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(value),
  },
  logger: LOGGER,
} satisfies OptionRules<ParseUserIdOptions>

/** Resolves with the identity behind a request's headers, or rejects with an AuthError. */
export interface ParseUserId {
  /**
   * @param connection - of the request, for `devUserIdHeader` alone. Default: that of `createApp`, when these are the
   * very headers that it gave; a server of your own passes `{ remoteAddress: request.socket.remoteAddress }`.
   */
  (headers: RequestHeaders, connection?: Connection): Promise<Identity>
  /** True while `devUserIdHeader` is active: then the server must listen on loopback only. */
  readonly loopbackOnly: boolean
  /** What the metadata of RFC 9728 says, which `createApp` serves; absent where the verifier does not name its resources. */
  readonly protectedResource?: ProtectedResource
}

const DEV_ISSUER = 'urn:interaqt-logto:dev'

/**
 * Makes the `parseUserId` of an Interaqt server: verifies the bearer token and checks scopes and organization.
 *
 * The returned function throws AuthError, and nothing else: all codes of `verifyJWTForAPI`, `scope_insufficient`,
 * `organization_mismatch`, `authorized_party_mismatch`. With `users` also `user_suspended`, `user_unknown`, and what the
 * request to Logto throws (ManagementError).
 *
 * @throws TypeError for a scope or header name that no token or request can carry, for an option that is unknown or of
 * another type, and for a `requiredOrganization` or `authorizedParties` that is given as `undefined` or empty.
 */
export function createParseUserId(logto: TokenVerifier, options: ParseUserIdOptions = {}): ParseUserId {
  checkOptions('createParseUserId', { logto }, VERIFIER_RULES)
  checkOptions('createParseUserId', options, PARSE_USER_ID_RULES)
  const { requiredScopes = [], requiredOrganization, authorizedParties } = options
  const logger = options.logger ?? logto.logger ?? console
  const userCheck = options.users && new UserCheck(options.users)
  const devUserIdHeader = DevUserIdHeader.active(options.devUserIdHeader, logger)

  const parseUserId = async (headers: RequestHeaders, connection?: Connection): Promise<Identity> => {
    const devUserId = devUserIdHeader?.userIdOf(headers, connection)
    const claims = devUserId ? devClaims(devUserId, options) : await logto.verifyJWTForAPI(headers)
    const scopes = scopesOf(claims)
    const organizationId = organizationOf(claims)
    checkAuthorizedParty(claims, authorizedParties)
    checkScopes(scopes, requiredScopes)
    checkOrganization(organizationId, requiredOrganization)
    if (!devUserId) await userCheck?.assertActive(claims)
    return { userId: claims.sub, scopes, ...(organizationId !== undefined && { organizationId }), claims }
  }
  return Object.assign(parseUserId, {
    loopbackOnly: devUserIdHeader !== undefined,
    ...protectedResourceOf(logto, requiredScopes),
  })
}

function checkScopes(scopes: readonly string[], requiredScopes: readonly string[]): void {
  const missing = requiredScopes.filter((scope) => !scopes.includes(scope))
  if (missing.length === 0) return
  throw new AuthError(
    'scope_insufficient',
    `The token lacks ${missing.join(', ')}; it has ${scopes.join(', ') || 'no scope'}`,
    {
      requiredScopes,
      remedy:
        'give the user a role that grants it, ask for it at sign-in (`scopes`), and let the person sign in again: a refreshed token has no scope that was not granted at the sign-in',
    },
  )
}

function checkOrganization(organizationId: string | undefined, required: string | undefined): void {
  if (required === undefined || organizationId === required) return
  throw new AuthError(
    'organization_mismatch',
    `Expected a token for the organization "${required}", got one for ${organizationId === undefined ? 'none' : quoted(organizationId)}`,
  )
}

// The claims of a caller who names himself: they have all that is required.
function devClaims(
  userId: string,
  { requiredScopes, requiredOrganization, authorizedParties: [party] = [] }: ParseUserIdOptions,
): AccessTokenClaims {
  const now = Math.floor(Date.now() / 1_000)
  return {
    sub: userId,
    iss: DEV_ISSUER,
    aud: DEV_ISSUER,
    iat: now,
    exp: now + 60,
    scope: requiredScopes?.join(' ') ?? '',
    ...(requiredOrganization !== undefined && { organization_id: requiredOrganization }),
    ...(party !== undefined && { client_id: party }),
  }
}
