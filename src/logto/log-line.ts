import { HttpFacingError } from './http-facing-error.js'
import { isObject } from './is-object.js'
import { RepeatedCause } from './repeated-cause.js'
import { isError } from './to-error.js'

const MAX_LENGTH = 2_000
/** Causes and gathered errors that a line names. */
const MAX_REASONS = 8
const MAX_FRAMES = 20

/**
 * Returns a text that fits into one line of a log: without control characters and line breaks, which an attacker could
 * forge lines with, without anything that looks like a token, and not endless.
 */
export function oneLine(text: string, maxLength: number = MAX_LENGTH): string {
  const line = text
    .slice(0, 4 * maxLength)
    .replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    // A JWT, and what follows the scheme of an Authorization header.
    .replace(/\beyJ[\w-]{5,}(?:\.[\w-]+)*/g, '[token]')
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]{16,}/gi, '$1 [secret]')
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line
}

/** Returns the path of a URL for a log: no query, which may hold a code or a token. */
export function pathOf(url: string): string {
  return oneLine(URL.canParse(url) ? new URL(url).pathname : (url.split(/[?#]/, 1)[0] ?? ''), 200)
}

/** Returns the messages of an error and of its causes in one line, each once. */
export function reasonOf(error: unknown): string {
  const reasons: string[] = []
  collectSafely(error, reasons, new Set())
  return oneLine(reasons.join('; because: ')) || 'no reason was given'
}

/**
 * Returns the entry of a log for a failure: one line, and the stack only for an error that this package does not expect,
 * of the outermost error alone.
 *
 * @param what - what failed, such as "POST /interaction/greet".
 */
export function failureEntry(what: string, error: unknown): string {
  const line = lineOf(what, error)
  try {
    return isExpected(error) ? line : [line, ...framesOf(error)].join('\n')
  } catch {
    // The fields of a thrown value may throw themselves.
    return line
  }
}

/** Returns one line of a log: what happened, the code of the error, the reason, and what the operator can do. */
export function lineOf(what: string, error: unknown): string {
  const { code, remedy }: Partial<HttpFacingError> =
    isError(error) && error instanceof HttpFacingError ? error : {}
  const told = reasonOf(error)
  // A message that ends with what to do: the line says it once.
  const reason = remedy === undefined ? told : told.replace(`: ${oneLine(remedy)}`, '')
  return [
    `interaqt-logto: ${oneLine(what, 400)}: `,
    code === undefined ? '' : `${oneLine(code, 100)}: `,
    reason,
    remedy === undefined ? '' : `${/[.!?…]$/.test(reason) ? '' : '.'} What to do: ${oneLine(remedy)}`,
  ].join('')
}

// What was thrown may be anything: an object whose getters throw, a Proxy that was revoked.
function collectSafely(error: unknown, reasons: string[], visited: Set<unknown>): void {
  try {
    collect(error, reasons, visited)
  } catch {
    reasons.push('a value that cannot be read')
  }
}

function collect(error: unknown, reasons: string[], visited: Set<unknown>): void {
  if (error === undefined || error === null || error instanceof RepeatedCause) return
  if (visited.has(error) || reasons.length >= MAX_REASONS) return
  visited.add(error)
  for (const text of textsOf(error, reasons)) {
    if (text && !reasons.some((reason) => reason.includes(text))) reasons.push(text)
  }
  if (!isObject(error)) return
  const { cause, causedBy, details, errors } = error
  // Interaqt: `causedBy`, and in `details` what a condition threw.
  for (const next of [cause, causedBy, isObject(details) ? details.cause : undefined]) {
    collectSafely(next, reasons, visited)
  }
  if (Array.isArray(errors)) for (const one of errors) collectSafely(one, reasons, visited)
}

function textsOf(error: unknown, told: readonly string[]): string[] {
  if (!(error instanceof Error)) return [textOfValue(error)]
  const condition = conditionTextOf(error, told)
  if (condition !== undefined) return [condition]
  const { name, message } = error
  // Of this package's errors the code says more than the name.
  const isNamed = name !== 'Error' && name !== 'AggregateError' && !(error instanceof HttpFacingError)
  const texts = [`${isNamed ? `${name}: ` : ''}${message}`.replace(/[.\s]+$/, '')]
  if ('detail' in error && typeof error.detail === 'string') texts.push(error.detail)
  return texts
}

/** Returns what there is to say of a thrown value that is no Error. */
function textOfValue(value: unknown): string {
  if (!isObject(value)) return String(value)
  return typeof value.message === 'string' ? value.message : ''
}

/**
 * Returns which condition of Interaqt refused, and what it returned or threw: `Condition '<name>' rejected [<code>]: <message>`,
 * for one. Where the answer has that message, it is left out here. A condition that returned false is not rendered.
 */
function conditionTextOf(error: object, told: readonly string[]): string | undefined {
  if (!('conditionName' in error) || typeof error.conditionName !== 'string') return undefined
  const rendered = 'error' in error && isObject(error.error) ? error.error.error : undefined
  if (typeof rendered !== 'string' || !rendered.startsWith('Condition ')) {
    return `The condition ${JSON.stringify(error.conditionName)} does not hold`
  }
  const end = rendered.indexOf(']: ')
  const isTold = end > 0 && told.some((reason) => rendered.startsWith(reason, end + 3))
  return isTold ? rendered.slice(0, end + 1) : rendered
}

function isExpected(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isExpected)
  return error instanceof HttpFacingError && error.status !== 500
}

function framesOf(error: unknown): string[] {
  // What was gathered has the stack; the one who gathers knows nothing.
  const thrown: unknown =
    error instanceof AggregateError ? error.errors.find((one) => !isExpected(one)) : error
  if (!(thrown instanceof Error)) return []
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return frames.slice(0, MAX_FRAMES).map((frame) => `    ${oneLine(frame, 400)}`)
}
