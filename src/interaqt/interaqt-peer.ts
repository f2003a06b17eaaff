import { optionalPeer } from '../logto/optional-peer.js'

/** Interaqt's own classes and helpers. `interaqt/drivers` is never imported: it loads the packages of four databases. */
export const {
  Condition,
  Entity,
  EventSource,
  MatchExp,
  Property,
  UniqueConstraint,
  findConstraintViolationError,
  hasErrorCode,
  isTransactionRetryExhaustedError,
} = await optionalPeer('interaqt', () => import('interaqt'), '@yourorg/interaqt-logto/interaqt')

/** Creates a condition of a query on one column. */
export function where(column: string, operator: string, value: unknown) {
  return MatchExp.atom({ key: column, value: [operator, value] })
}
