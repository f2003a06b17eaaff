import type { JsonAnswer } from './fetch-json.js'
import { type ManagementApi, refusalOf } from './management-api.js'

/** Methods that write. None is repeated: when the answer to a POST was lost, a second one may make a second object. */
export type WriteMethod = 'POST' | 'PATCH'

/**
 * Sends JSON to the Management API, and resolves with any answer below 500.
 *
 * @throws ManagementError when there is no token or no answer, or for 429 and 5xx.
 */
export function sendJson(
  api: ManagementApi,
  method: WriteMethod,
  path: string,
  body: unknown,
): Promise<JsonAnswer> {
  const headers = { 'content-type': 'application/json' }
  return api.send(path, { method, headers, body: JSON.stringify(body), retries: 0 })
}

/** Writes to the Management API, and resolves with the answer, whose status is from 200 to 299. @throws ManagementError */
export async function writeJson(
  api: ManagementApi,
  method: WriteMethod,
  path: string,
  body: unknown,
): Promise<JsonAnswer> {
  const answer = await sendJson(api, method, path, body)
  if (answer.status >= 200 && answer.status < 300) return answer
  throw refusalOf(answer, `${method} ${api.baseUrl}${path}`)
}
