import { optionalPeer } from '../logto/optional-peer.js'

/**
 * Interaqt's own helpers. Its error classes are minified, so only `instanceof` and these functions recognise them;
 * `interaqt/drivers` is never imported, because it loads the packages of all four databases.
 */
export const {
  ActivityStateError,
  IdempotencyError,
  INTERACTION_RECORD,
  InteractionGuardError,
  MatchExp,
  findConstraintViolationError,
  isRetryableTransactionError,
  isTransactionRetryExhaustedError,
} = await optionalPeer('interaqt', () => import('interaqt'), '@yourorg/interaqt-logto/http')
