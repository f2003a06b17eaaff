import type { z } from 'zod/v3'
import { jsonResponse } from '../http/bodies.js'

/** A refusal of the Management API, in Logto's form `{ code, message, data?, details? }`. */
export class ManagementRefusal extends Error {
  readonly status: number
  readonly code: string
  readonly data: unknown
  readonly details: string | undefined

  constructor(status: number, code: string, message: string, data?: unknown, details?: string) {
    super(message)
    this.name = 'ManagementRefusal'
    this.status = status
    this.code = code
    this.data = data
    this.details = details
  }

  toResponse(): Response {
    const { code, data, details, message } = this
    return jsonResponse({ code, data, details, message }, this.status)
  }
}

/** recordings/errors/mgmt-unknown-user-patch-404.json */
export const notFound = (): ManagementRefusal =>
  new ManagementRefusal(404, 'entity.not_found', 'The resource does not exist.')

/**
 * Returns the row that was looked up.
 *
 * @throws ManagementRefusal 404 when there is none.
 */
export function orNotFound<Row>(row: Row | undefined): Row {
  if (row === undefined) throw notFound()
  return row
}

/** recordings/released/application-secret-create-past.json, pat-create-past.json */
export function expiresInThePast(): ManagementRefusal {
  const message = 'Input is invalid. The value of `expiresAt` must be in the future.'
  return new ManagementRefusal(400, 'request.invalid_input', message)
}

/** recordings/errors/mgmt-page-0.json */
export const invalidPagination = (): ManagementRefusal =>
  new ManagementRefusal(400, 'guard.invalid_pagination', 'The request pagination value is invalid.')

/** recordings/pagination/search-bad-field.json */
export const invalidInput = (details: string): ManagementRefusal =>
  new ManagementRefusal(400, 'request.invalid_input', `Input is invalid. ${details}`, {})

/** A body that fails its schema (recordings/mgmt/user-create-invalid-email.json). */
export const invalidBody = (error: z.ZodError): ManagementRefusal => failedGuard('body', error)

/** A query that fails its schema (recordings/released/session-delete-bad-target.json). */
export const invalidQuery = (error: z.ZodError): ManagementRefusal => failedGuard('query', error)

function failedGuard(part: 'body' | 'query', error: z.ZodError): ManagementRefusal {
  const data = { issues: error.issues, name: 'ZodError' }
  const details = error.issues.map(describeIssue).join('\n')
  return new ManagementRefusal(400, 'guard.invalid_input', `The request ${part} is invalid.`, data, details)
}

function describeIssue(issue: z.ZodIssue): string {
  const keyPath = issue.path.map((part) => String(part)).join('.')
  const message =
    issue.code === 'invalid_type'
      ? `Expected ${issue.expected} but received ${issue.received}.`
      : issue.message
  return `Error in key path "${keyPath}": (${issue.code}) ${message}`
}
