import {
  ActivityStateError,
  findConstraintViolationError,
  IdempotencyError,
  InteractionGuardError,
  isRetryableTransactionError,
  isTransactionRetryExhaustedError,
} from '../interaqt/interaqt-peer.js'
import { isObject } from '../logto/is-object.js'
import { HttpError } from './http-error.js'

/** The database refused what a caller's query asks for; `cause` is its error. */
export class RefusedQuery extends Error {
  override readonly name = 'RefusedQuery'
}

/**
 * Returns whether a database refused a statement for the values or types in it. Class 22 of SQLSTATE is a value that a type
 * cannot hold, 42883 an operator that a type does not have, 42804 and 42P18 a type that does not fit. The rest of class 42
 * is not the caller's: a table or column that is not there.
 */
export function isRefusedForValues(error: unknown): boolean {
  return /^(?:22...|42883|42804|42P18)$/.test(sqlStateOf(error) ?? '')
}

interface KnownError {
  error: HttpError
  /** True when more is behind it than the caller learns. */
  isFault: boolean
}

/**
 * Returns what an error of Interaqt means for the caller: payload 400, condition 403, conflict 409, a lost race for the
 * database 503. `undefined` for any other error.
 * Source: interaqt 4.10, `InteractionGuardError`, `findConstraintViolationError`, `isRetryableTransactionError`.
 */
export function interaqtErrorOf(error: unknown): KnownError | undefined {
  if (error instanceof InteractionGuardError) return guardErrorOf(error)
  if (isLostRace(error)) return retryLater(error)

  const violation = findConstraintViolationError(error)
  if (violation) {
    return known(409, constraintCodeOf(violation.context), constraintMessageOf(violation.context), error)
  }
  if (error instanceof ActivityStateError) {
    return known(409, 'activity_state', 'The activity is not at this step, or does not exist.', error)
  }
  if (error instanceof IdempotencyError) {
    const message = 'The same request is in progress or was made differently.'
    return known(409, error.code.toLowerCase(), message, error)
  }
  if (error instanceof RefusedQuery) {
    const message = 'The database cannot answer the query: a value does not fit its column.'
    return { ...known(400, 'query_malformed', message, error.cause), isFault: true }
  }
  // Class 22 of SQLSTATE: a value that the column cannot hold, such as an id that is no uuid.
  if (sqlStateOf(error)?.startsWith('22')) {
    return {
      ...known(400, 'payload_invalid', 'The database cannot take one of the values.', error),
      isFault: true,
    }
  }
  return undefined
}

/** Of the conditions that this package makes: `requireScope`, `requireOrganization`, `refuseImpersonation`. */
const REMEDIES = new Map([
  ['scope_insufficient', 'give the user a role that grants it, and ask for it at sign-in (scopes)'],
  ['organization_mismatch', 'ask for the token with organizationId'],
  ['impersonation_refused', 'sign in as the user: the token says that somebody else acts for them (act)'],
])

function guardErrorOf(error: InstanceType<typeof InteractionGuardError>): KnownError {
  if (error.checkType === 'payload') return known(400, 'payload_invalid', error.message, error)
  // A condition's own failure reaches us as a refusal (Interaqt fails closed); a lost race in it is worth a retry.
  const cause = causeOf(error.details)
  if (cause !== undefined && isLostRace(cause)) return retryLater(error)

  const rejection = rejectionOf(error)
  if (rejection) {
    const { code, message } = rejection
    const remedy = REMEDIES.get(code)
    return {
      error: new HttpError(403, code, message, { cause: error, ...(remedy && { remedy }) }),
      isFault: false,
    }
  }
  const message = `The condition ${JSON.stringify(error.conditionName ?? 'unnamed')} does not hold.`
  const remedy = 'look at the condition: it decides by event.user and event.payload'
  const failed = new HttpError(403, 'condition_failed', message, { cause: error, remedy })
  return { error: failed, isFault: cause !== undefined || hasThrown(error) }
}

/** Whether the condition threw: its value may have been undefined, or have had `details` of its own. */
function hasThrown({ error, conditionName }: InstanceType<typeof InteractionGuardError>): boolean {
  const rendered = isObject(error) ? error.error : undefined
  return typeof rendered === 'string' && rendered.startsWith(`Condition '${conditionName}' threw exception: `)
}

/**
 * Returns the code and message that a condition returned, `{ allowed: false, code, message }`. Interaqt keeps the message only
 * inside the rendered text `Condition '<name>' rejected [<code>]: <message>`. A condition that threw is rendered
 * otherwise: its code and message are the thrown error's and not for the caller.
 */
function rejectionOf(
  error: InstanceType<typeof InteractionGuardError>,
): { code: string; message: string } | undefined {
  const { code, conditionName } = error
  if (!code || code.startsWith('CONDITION_')) return undefined
  const rendered = isObject(error.error) ? error.error.error : undefined
  const prefix = `Condition '${conditionName ?? '(unnamed)'}' rejected [${code}]`
  if (typeof rendered !== 'string' || !rendered.startsWith(prefix)) return undefined
  const message = rendered.slice(prefix.length).replace(/^: /, '')
  return { code, message: message || `The condition ${JSON.stringify(conditionName)} does not hold.` }
}

// 25P02, "current transaction is aborted", is what a parallel duplicate can leave behind
// (docs/facts.md, "Interaqt 4.10").
function isLostRace(error: unknown): boolean {
  return (
    isTransactionRetryExhaustedError(error) ||
    isRetryableTransactionError(error) ||
    sqlStateOf(error) === '25P02'
  )
}

function retryLater(cause: unknown): KnownError {
  return { ...known(503, 'retry_later', 'Too many changes at once; try again.', cause), isFault: true }
}

function known(status: number, code: string, message: string, cause: unknown): KnownError {
  return { error: new HttpError(status, code, message, { cause }), isFault: false }
}

// The application names its own codes (`violationCode`); Interaqt's two defaults get one name.
function constraintCodeOf(context: Record<string, unknown>): string {
  const code = context.code
  return typeof code === 'string' && !code.endsWith('_CONSTRAINT_VIOLATION') ? code : 'constraint_violation'
}

function constraintMessageOf(context: Record<string, unknown>): string {
  return context.kind === 'non-null' ? 'A required value is missing.' : 'There is such a record already.'
}

// The chain of causes may run in a circle.
function sqlStateOf(error: unknown): string | undefined {
  for (let current = error, depth = 0; isObject(current) && depth < 8; depth++) {
    if (typeof current.code === 'string' && /^[0-9A-Z]{5}$/.test(current.code)) return current.code
    current = causeOf(current)
  }
  return undefined
}

function causeOf(value: unknown): unknown {
  return isObject(value) ? value.causedBy || value.cause : undefined
}
