export type { AuthListener } from '../../browser/auth-state.js'
export {
  ApiError,
  NetworkError,
  type NetworkErrorCode,
  SignInError,
  type SignInErrorCode,
} from '../../browser/errors.js'
export type {
  InteractionAnswer,
  InteractionMap,
  InteractionsOf,
  InteractionTypes,
} from '../../browser/interaction-types.js'
export type { SignedIn } from '../routes.js'
export {
  Client,
  type ClientOptions,
  type InteractOptions,
  type SessionCallOptions,
  type SignInOptions,
} from './client.js'
