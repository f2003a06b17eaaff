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
