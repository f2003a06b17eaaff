export type { Connection } from '../logto/connection.js'
export type { Logger } from '../logto/logger.js'
export type { VerifyOptions } from './access-token-verifier.js'
export { AuthError, type AuthErrorCode, type AuthErrorOptions } from './auth-error.js'
export type { RequestHeaders } from './bearer-token.js'
export type { AccessTokenClaims } from './claims.js'
export { Client, type ClientStatus } from './client.js'
export type { KeyFetchFailure, KeyOptions, KeySourceStatus } from './key-source.js'
export type { DeliveriesOptions, HookDelivery, UsersOptions } from './lists.js'
export type { ManagementOptions } from './management-api.js'
export { ManagementError, type ManagementErrorCode, type ManagementErrorOptions } from './management-error.js'
export type { ClientOptions, ClientSettings, IssuerOptions } from './options.js'
export {
  createParseUserId,
  type Identity,
  type ParseUserId,
  type ParseUserIdOptions,
  type TokenVerifier,
} from './parse-user-id.js'
export type { ProtectedResource } from './protected-resource.js'
export type { UserSource } from './user-check.js'
export type { SignatureAlgorithm } from './verification-key.js'
export type { VerifiedTokenStatistics } from './verified-tokens.js'
