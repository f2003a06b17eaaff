import { defaultResourceOf, issuerOf, parseEndpoint } from '../logto/index.js'
import { IssuerMetadata } from './issuer-metadata.js'
import { type KeyOptions, KeySource } from './key-source.js'
import type { ManagementOptions } from './management-api.js'
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
   * several names of it (a custom domain): each is fetched from its own URL, or from the `endpoint` beside it.
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

/** Returns the accepted audiences. @throws TypeError when neither resource nor interaqtEndpoint names one. */
export function audiencesOf({ resource, interaqtEndpoint }: ClientOptions): readonly string[] {
  if (resource === undefined) {
    if (interaqtEndpoint !== undefined) {
      return [defaultResourceOf(parseEndpoint(interaqtEndpoint, 'interaqtEndpoint'))]
    }
    throw new TypeError('The Client needs interaqtEndpoint or resource: which API are its tokens for?')
  }
  const resources = typeof resource === 'string' ? [resource] : [...resource]
  if (resources.length === 0 || resources.some((one) => typeof one !== 'string' || one === '')) {
    throw new TypeError('resource must be the indicator of an API resource, or a list of them')
  }
  return resources
}

/** Returns the accepted algorithms. @throws TypeError when one is not asymmetric or not known. */
export function algorithmsOf({
  algorithms = SIGNATURE_ALGORITHMS,
}: ClientOptions): readonly SignatureAlgorithm[] {
  if (algorithms.length === 0 || !algorithms.every(isSignatureAlgorithm)) {
    throw new TypeError(`algorithms must be some of ${SIGNATURE_ALGORITHMS.join(', ')}`)
  }
  return algorithms
}

/** Returns one key source per issuer. @throws TypeError */
export function keySourcesOf(
  logtoEndpoint: string,
  { issuer, keys = {}, fetch }: ClientOptions,
): readonly KeySource[] {
  const { timeoutMs, maxAgeMs } = keys
  const keySourceOf = (baseUrl: string, issuer: string | undefined) =>
    new KeySource(new IssuerMetadata({ baseUrl, issuer, timeoutMs, maxAgeMs, fetch }), keys)
  if (issuer === undefined || typeof issuer === 'string') {
    return [keySourceOf(issuerOf(logtoEndpoint), issuer)]
  }
  if (issuer.length === 0) throw new TypeError('issuer must not be an empty list')
  return issuer.map((one) => {
    const { issuer: name, endpoint } = typeof one === 'string' ? { issuer: one } : one
    return endpoint === undefined
      ? keySourceOf(parseEndpoint(name, 'issuer'), name)
      : keySourceOf(issuerOf(parseEndpoint(endpoint, 'issuer.endpoint')), name)
  })
}
