import { optionalPeer } from '../logto/optional-peer.js'

const interaqt = await optionalPeer('interaqt', () => import('interaqt'), '@yourorg/interaqt-logto')

/**
 * Interaqt's own classes and helpers. Its error classes are minified, so only `instanceof` and these functions recognise
 * them. `interaqt/drivers` is never imported: it loads the packages of four databases.
 */
export const {
  ActivityStateError,
  Condition,
  Entity,
  EventSource,
  IdempotencyError,
  INTERACTION_RECORD,
  InteractionGuardError,
  Property,
  UniqueConstraint,
  findConstraintViolationError,
  hasErrorCode,
  isRetryableTransactionError,
  isTransactionRetryExhaustedError,
} = interaqt

/** Creates a condition of a query on one column. */
export function where(column: string, operator: string, value: unknown) {
  return interaqt.MatchExp.atom({ key: column, value: [operator, value] })
}
