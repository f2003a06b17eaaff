import { optionalPeer } from '../logto/optional-peer.js'
import { installedVersion } from './installed-version.js'

type Interaqt = typeof import('interaqt')

/** What every Interaqt 4 exports, and none before it has all of. */
const EXPORTS_OF_4 = [
  'Condition',
  'Entity',
  'EventSource',
  'MatchExp',
  'Property',
  'UniqueConstraint',
] as const

const interaqt = await loadInteraqt()

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
  Interaction,
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

/** @throws Error with `code` `peer_missing`, or `peer_unsupported` for another major version than 4. */
async function loadInteraqt(): Promise<Interaqt> {
  let cause: unknown
  try {
    const loaded = await optionalPeer('interaqt', () => import('interaqt'), '@yourorg/interaqt-logto')
    if (EXPORTS_OF_4.every((name) => name in loaded)) return loaded
  } catch (error) {
    // An old one may not even load; the reason that counts is its version.
    if (error instanceof Error && 'code' in error && error.code === 'peer_missing') throw error
    cause = error
  }
  const version = await installedVersion('interaqt', import.meta.url)
  if (cause !== undefined && (version === undefined || version.startsWith('4.'))) throw cause
  const found = version === undefined ? 'another one' : version
  throw Object.assign(
    new Error(`@yourorg/interaqt-logto needs interaqt 4.x, found ${found}: npm install interaqt@4`, {
      cause,
    }),
    { code: 'peer_unsupported' },
  )
}
