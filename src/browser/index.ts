export type { IdTokenClaims, UserInfoResponse } from '@logto/browser'
export type { AuthListener } from './auth-state.js'
export type { CallOptions } from './calls.js'
export { type AccessTokenOptions, Client, type InteractOptions, type SignInOptions } from './client.js'
export { ApiError, NetworkError, type NetworkErrorCode, SignInError, type SignInErrorCode } from './errors.js'
export type {
  InteractionAnswer,
  InteractionMap,
  InteractionsOf,
  InteractionTypes,
} from './interaction-types.js'
export type { ClientOptions } from './options.js'
