import { checkOptions } from '../logto/check-options.js'
import { defaultResourceOf, issuerOf, parseEndpoint } from '../logto/index.js'
import { isObject } from '../logto/is-object.js'
import { LOGGER, type Logger } from '../logto/logger.js'
import {
  BOOLEAN,
  defined,
  FUNCTION,
  from,
  integer,
  NOT_NEGATIVE,
  type OptionRules,
  objectWith,
  oneOrMore,
  required,
  SERVER_ENDPOINT,
  STRING,
  secret,
} from '../logto/option-rules.js'
import { IssuerMetadata } from './issuer-metadata.js'
import { KEY_RULES, type KeyOptions, KeySource } from './key-source.js'
import { MANAGEMENT_RULES, type ManagementOptions } from './management-api.js'
import { isSignatureAlgorithm, SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from './verification-key.js'

/** An issuer, and where this process reaches it. */
export interface IssuerOptions {
  /** `iss` of its tokens, byte for byte: `https://auth.example.com/oidc`. */
  issuer: string
  /** URL of the Logto that serves its discovery document and keys. Default: the issuer's own. */
  endpoint?: string
}

/** Options of the server Client that have defaults. */
export interface ClientSettings {
  /** Application id of the machine-to-machine application. Only the Management API needs it. */
  appId?: string
  /** Its secret. Only the Management API needs it. */
  appSecret?: string
  /**
   * Expected `iss`. Default: what the discovery document of `logtoEndpoint` says, so that Logto may be reached by
   * another name than its issuer's (Docker). A string is the issuer of the Logto at `logtoEndpoint`. A list is for
   * several names of it (a custom domain): each is fetched from its own URL, or from the `endpoint` beside it. A discovery
   * document that names another issuer is refused (`keys_unavailable`).
   */
  issuer?: string | readonly (string | IssuerOptions)[]
  /** Signature algorithms to accept. Default: all asymmetric ones. */
  algorithms?: readonly SignatureAlgorithm[]
  /** How far Logto's clock may be ahead, in seconds; never lengthens a token's life. Default 5. */
  clockToleranceSeconds?: number
  /** Longest token, in characters. Default 8,192. */
  maxTokenLength?: number
  /** Verified tokens to remember; 0 verifies every time. Default 10,000. */
  maxVerifiedTokens?: number
  /**
   * Accepts organization tokens (`aud: urn:logto:organization:…`) too. They are bound to no API: one that was issued
   * for another API of the tenant passes here. Default false.
   */
  acceptOrganizationAudience?: boolean
  /** How keys are fetched and kept. */
  keys?: KeyOptions
  /** How the Management API is reached. */
  management?: ManagementOptions
  /** Replaces the global fetch, for example to use a proxy. */
  fetch?: typeof fetch
  /** Where the warnings of `createParseUserId` go. Default: `console`. */
  logger?: Logger
}

/** Where Logto is, and which tokens are for this API: `interaqtEndpoint` or `resource` is required, never "any audience". */
export type ClientOptions = ClientSettings & {
  /** Base URL of Logto, as this process reaches it: `http://127.0.0.1:3001`. */
  logtoEndpoint: string
} & (
    | {
        /** Base URL of this API; tokens must be for the API resource `<interaqtEndpoint>/interaction`. */
        interaqtEndpoint: string
        /** API resources whose tokens are accepted, compared byte for byte. Default `<interaqtEndpoint>/interaction`. */
        resource?: string | readonly string[]
      }
    | {
        interaqtEndpoint?: string
        /** API resources whose tokens are accepted, compared byte for byte, trailing slash included. */
        resource: string | readonly string[]
      }
  )

const ISSUER_FIELDS = {
  issuer: required(STRING),
  endpoint: SERVER_ENDPOINT,
} satisfies OptionRules<IssuerOptions>

export const CLIENT_RULES = {
  logtoEndpoint: required(from('LOGTO_ENDPOINT', SERVER_ENDPOINT)),
  interaqtEndpoint: from('INTERAQT_ENDPOINT', SERVER_ENDPOINT),
  resource: oneOrMore(STRING),
  appId: defined(from('LOGTO_M2M_APP_ID', STRING)),
  appSecret: defined(from('LOGTO_M2M_APP_SECRET', secret(STRING))),
  issuer: {
    expected: 'the issuer, or an array of issuers that is not empty',
    accepts: (value: unknown) => STRING.accepts(value) || (Array.isArray(value) && value.length > 0),
    item: {
      expected: 'an issuer, or an object such as { issuer: "https://…/oidc", endpoint: "http://…" }',
      accepts: (value: unknown) => STRING.accepts(value) || isObject(value),
      fields: ISSUER_FIELDS,
    },
  },
  algorithms: {
    expected: `an array with some of ${SIGNATURE_ALGORITHMS.join(', ')}`,
    accepts: (value: unknown) =>
      Array.isArray(value) &&
      value.length > 0 &&
      value.every((alg) => typeof alg === 'string' && isSignatureAlgorithm(alg)),
  },
  clockToleranceSeconds: NOT_NEGATIVE,
  maxTokenLength: integer(1),
  maxVerifiedTokens: integer(0),
  acceptOrganizationAudience: BOOLEAN,
  keys: objectWith(KEY_RULES),
  management: objectWith(MANAGEMENT_RULES),
  fetch: FUNCTION,
  logger: LOGGER,
} satisfies OptionRules<ClientOptions>

/**
 * Returns the options of the Client's constructor, which takes them as an object or as four strings, checked.
 *
 * @throws TypeError that names every problem.
 */
export function clientOptionsOf(args: readonly unknown[]): ClientOptions {
  const [logtoEndpoint, appId, appSecret, interaqtEndpoint] = args
  const isList = args.length > 1 || typeof logtoEndpoint === 'string'
  const options = isList ? { logtoEndpoint, appId, appSecret, interaqtEndpoint } : args[0]
  assertClientOptions(options)
  return options
}

function assertClientOptions(options: unknown): asserts options is ClientOptions {
  checkOptions('new Client', options, CLIENT_RULES)
  if (!isObject(options)) return
  const { appId, appSecret, resource, interaqtEndpoint } = options
  if ((appId === undefined) !== (appSecret === undefined)) {
    const [given, missing] = appId === undefined ? ['appSecret', 'appId'] : ['appId', 'appSecret']
    throw new TypeError(
      `new Client: ${missing} is missing: with ${given}, set ${missing === 'appId' ? 'LOGTO_M2M_APP_ID' : 'LOGTO_M2M_APP_SECRET'} too; ` +
        'a Client that only verifies tokens has neither',
    )
  }
  if (resource === undefined && interaqtEndpoint === undefined) {
    throw new TypeError(
      'new Client: interaqtEndpoint or resource is missing: which API are its tokens for? Set INTERAQT_ENDPOINT',
    )
  }
}

/** Returns the accepted audiences. */
export function audiencesOf({ resource, interaqtEndpoint = '' }: ClientOptions): readonly string[] {
  if (resource === undefined) return [defaultResourceOf(parseEndpoint(interaqtEndpoint, 'interaqtEndpoint'))]
  return typeof resource === 'string' ? [resource] : [...resource]
}

/** Returns one key source per issuer. @throws TypeError */
export function keySourcesOf(
  logtoEndpoint: string,
  { issuer, keys = {}, fetch, logger }: ClientOptions,
): readonly KeySource[] {
  const { timeoutMs, maxAgeMs } = keys
  const sources = issuersOf(logtoEndpoint, issuer)
  return sources.map(({ baseUrl, name }) => {
    const otherNames = sources.flatMap((other) => (other.baseUrl === baseUrl ? (other.name ?? []) : []))
    const metadata = { baseUrl, issuer: name, otherNames, timeoutMs, maxAgeMs, fetch }
    return new KeySource(new IssuerMetadata(metadata), { ...keys, logger })
  })
}

/** Returns the URL that each issuer is fetched from, with its name where that is configured. */
function issuersOf(
  logtoEndpoint: string,
  issuer: ClientSettings['issuer'],
): readonly { baseUrl: string; name: string | undefined }[] {
  if (issuer === undefined || typeof issuer === 'string') {
    return [{ baseUrl: issuerOf(logtoEndpoint), name: issuer }]
  }
  return issuer.map((one) => {
    const { issuer: name, endpoint } = typeof one === 'string' ? { issuer: one } : one
    return endpoint === undefined
      ? { baseUrl: parseEndpoint(name, 'issuer'), name }
      : { baseUrl: issuerOf(parseEndpoint(endpoint, 'issuer.endpoint')), name }
  })
}
