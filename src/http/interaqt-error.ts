import { HttpError } from './http-error.js'
import {
  ActivityStateError,
  findConstraintViolationError,
  IdempotencyError,
  InteractionGuardError,
  isRetryableTransactionError,
  isTransactionRetryExhaustedError,
} from './interaqt-peer.js'

interface KnownError {
  error: HttpError
  isFault: boolean
}

/**
 * What an error of Interaqt means for the caller: payload 400, condition 403, conflict 409, a lost race for the
 * database 503. `undefined` when it is no error of Interaqt's that a caller can do something about.
 * Source: interaqt 4.10, `InteractionGuardError`, `findConstraintViolationError`, `isRetryableTransactionError`.
 */
export function interaqtErrorOf(error: unknown): KnownError | undefined {
  if (error instanceof InteractionGuardError) return guardErrorOf(error)
  if (isLostRace(error)) return retryLater(error)

  const violation = findConstraintViolationError(error)
  if (violation)
    return conflict(constraintCodeOf(violation.context), constraintMessageOf(violation.context), error)
  if (error instanceof ActivityStateError) {
    return conflict('activity_state', 'The activity is not at this step, or does not exist.', error)
  }
  if (error instanceof IdempotencyError) {
    return conflict(
      error.code.toLowerCase(),
      'The same request is in progress or was made differently.',
      error,
    )
  }
  if (isDataException(error)) {
    return {
      error: new HttpError(400, 'payload_invalid', 'The database cannot take one of the values.', {
        cause: error,
      }),
      isFault: true,
    }
  }
  return undefined
}

function guardErrorOf(error: InstanceType<typeof InteractionGuardError>): KnownError {
  if (error.checkType === 'payload') {
    return { error: new HttpError(400, 'payload_invalid', error.message, { cause: error }), isFault: false }
  }
  // A condition's own failure reaches us as a refusal (Interaqt fails closed); a lost race in it is worth a retry.
  const cause = causeOf(error.details)
  if (cause !== undefined && isLostRace(cause)) return retryLater(error)

  const spoken = spokenRejectionOf(error)
  if (spoken) {
    return { error: new HttpError(403, spoken.code, spoken.message, { cause: error }), isFault: false }
  }
  const message = `The condition ${JSON.stringify(error.conditionName ?? 'unnamed')} does not hold.`
  return {
    error: new HttpError(403, 'condition_failed', message, { cause: error }),
    isFault: cause !== undefined,
  }
}

/**
 * The code and message that a condition returned, `{ allowed: false, code, message }`. Interaqt keeps the message only
 * inside the rendered text `Condition '<name>' rejected [<code>]: <message>`. A condition that threw is rendered
 * otherwise: its code and message are the thrown error's and not for the caller.
 */
function spokenRejectionOf(
  error: InstanceType<typeof InteractionGuardError>,
): { code: string; message: string } | undefined {
  const { code, conditionName } = error
  if (!code || code.startsWith('CONDITION_')) return undefined
  const rendered = textOf(error.error)
  const prefix = `Condition '${conditionName ?? '(unnamed)'}' rejected [${code}]`
  if (!rendered?.startsWith(prefix)) return undefined
  const message = rendered.slice(prefix.length).replace(/^: /, '')
  return { code, message: message || `The condition ${JSON.stringify(conditionName)} does not hold.` }
}

// 25P02, "current transaction is aborted", is what a parallel duplicate can leave behind
// (docs/facts.md, "Interaqt 4.10").
function isLostRace(error: unknown): boolean {
  return (
    isTransactionRetryExhaustedError(error) || isRetryableTransactionError(error) || codeOf(error) === '25P02'
  )
}

function retryLater(cause: unknown): KnownError {
  const message = 'Too many changes at once; try again.'
  return {
    error: new HttpError(503, 'retry_later', message, { cause }),
    isFault: true,
  }
}

function conflict(code: string, message: string, cause: unknown): KnownError {
  return { error: new HttpError(409, code, message, { cause }), isFault: false }
}

// The application names its own codes (`violationCode`); Interaqt's two defaults get one name.
function constraintCodeOf(context: Record<string, unknown>): string {
  const code = context.code
  return typeof code === 'string' && !code.endsWith('_CONSTRAINT_VIOLATION') ? code : 'constraint_violation'
}

function constraintMessageOf(context: Record<string, unknown>): string {
  return context.kind === 'non-null' ? 'A required value is missing.' : 'There is such a record already.'
}

// SQLSTATE class 22: a value that the column cannot hold, such as an id that is no uuid.
function isDataException(error: unknown): boolean {
  const code = codeOf(error)
  return typeof code === 'string' && /^22[0-9A-Z]{3}$/.test(code)
}

function codeOf(error: unknown): unknown {
  for (let current = error, depth = 0; depth < 8; depth++) {
    if (typeof current !== 'object' || current === null) return undefined
    if ('code' in current && typeof current.code === 'string' && /^[0-9A-Z]{5}$/.test(current.code)) {
      return current.code
    }
    current = causeOf(current)
  }
  return undefined
}

function causeOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  if ('causedBy' in value && value.causedBy) return value.causedBy
  return 'cause' in value ? value.cause : undefined
}

function textOf(evaluation: unknown): string | undefined {
  if (typeof evaluation !== 'object' || evaluation === null || !('error' in evaluation)) return undefined
  return typeof evaluation.error === 'string' ? evaluation.error : undefined
}
