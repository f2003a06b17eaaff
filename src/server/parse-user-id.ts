import { checkOptions } from '../logto/check-options.js'
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
import { headerOf, type RequestHeaders } from './bearer-token.js'
import { type AccessTokenClaims, organizationOf, scopesOf } from './claims.js'

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
   * DANGER: a header whose value is taken for the caller's Logto user id, without any token. For local development
   * only: it works when `NODE_ENV` is `development` or `test` (unset is not enough), warns when it is switched on, and
   * makes `startServer` listen on loopback only. Elsewhere the option is ignored, with a warning.
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
  devUserIdHeader: {
    // RFC 9110, section 5.1: a field name is a token.
    expected: 'the name of a header',
    accepts: (value: unknown) => typeof value === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(value),
  },
  logger: LOGGER,
} satisfies OptionRules<ParseUserIdOptions>

/** Resolves with the identity behind a request's headers, or rejects with an AuthError. */
export interface ParseUserId {
  (headers: RequestHeaders): Promise<Identity>
  /** True while `devUserIdHeader` is active: then the server must listen on loopback only. */
  readonly loopbackOnly: boolean
}

const DEV_ISSUER = 'urn:interaqt-logto:dev'

/**
 * Makes the `parseUserId` of an Interaqt server: verifies the bearer token and checks scopes and organization.
 *
 * The returned function throws AuthError, and nothing else: all codes of `verifyJWTForAPI`, `scope_insufficient`,
 * `organization_mismatch`, `authorized_party_mismatch`.
 *
 * @throws TypeError for a scope or header name that no token or request can carry, for an option that is unknown or of
 * another type, and for a `requiredOrganization` or `authorizedParties` that is given as `undefined` or empty.
 */
export function createParseUserId(logto: TokenVerifier, options: ParseUserIdOptions = {}): ParseUserId {
  checkOptions('createParseUserId', { logto }, VERIFIER_RULES)
  checkOptions('createParseUserId', options, PARSE_USER_ID_RULES)
  const { requiredScopes = [], requiredOrganization, authorizedParties } = options
  const devUserIdHeader = activeDevUserIdHeader(
    options.devUserIdHeader,
    options.logger ?? logto.logger ?? console,
  )

  const parseUserId = async (headers: RequestHeaders): Promise<Identity> => {
    const devUserId = devUserIdHeader && headerOf(headers, devUserIdHeader)
    const claims = devUserId ? devClaims(devUserId, options) : await logto.verifyJWTForAPI(headers)
    const scopes = scopesOf(claims)
    const organizationId = organizationOf(claims)
    checkAuthorizedParty(claims, authorizedParties)
    checkScopes(scopes, requiredScopes)
    checkOrganization(organizationId, requiredOrganization)
    return { userId: claims.sub, scopes, ...(organizationId !== undefined && { organizationId }), claims }
  }
  return Object.assign(parseUserId, { loopbackOnly: devUserIdHeader !== undefined })
}

function checkScopes(scopes: readonly string[], requiredScopes: readonly string[]): void {
  const missing = requiredScopes.filter((scope) => !scopes.includes(scope))
  if (missing.length === 0) return
  throw new AuthError(
    'scope_insufficient',
    `The token lacks ${missing.join(', ')}; it has ${scopes.join(', ') || 'no scope'}`,
    {
      requiredScopes,
      remedy: 'a scope must be granted by a role of the user, and asked for at sign-in (`scopes`)',
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

function activeDevUserIdHeader(name: string | undefined, logger: Logger): string | undefined {
  if (name === undefined) return undefined
  const environment = globalThis.process?.env?.NODE_ENV
  if (environment !== 'development' && environment !== 'test') {
    logger.warn(
      `interaqt-logto: devUserIdHeader "${name}" is IGNORED, because NODE_ENV is ` +
        `${JSON.stringify(environment) ?? 'not set'}. It works only with NODE_ENV=development or test.`,
    )
    return undefined
  }
  logger.warn(
    `interaqt-logto: WARNING: anybody who can reach this server may act as any user by sending the header "${name}" ` +
      '(devUserIdHeader). For local development only.',
  )
  return name.toLowerCase()
}
