import { JSON_HEADERS } from '../testing/management/errors.js'

/** Whether a value is a list of strings. */
export const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

/** A JSON answer with Koa's spelling of the content type. */
export const jsonResponse = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  Response.json(body, { status, headers: { ...JSON_HEADERS, ...headers } })
