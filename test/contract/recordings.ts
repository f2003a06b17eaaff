import { readFileSync } from 'node:fs'

/** A recorded HTTP exchange with Logto's Management API or token endpoint. */
export interface RecordedExchange {
  request: { method: string; url: string; headers?: Record<string, string>; body?: unknown }
  response: { status: number; headers: Record<string, string>; body: unknown }
}

/** The JSON of a recording, by its path below `recordings/`. */
export function recording<T = unknown>(path: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/recordings/${path}`, import.meta.url), 'utf8'))
}

/** A recorded exchange. */
export const recordedExchange = (path: string): RecordedExchange => recording<RecordedExchange>(path)

/** The event of a recorded webhook delivery, and its headers. */
export function recordedWebhook(path: string): {
  event: Record<string, unknown>
  headers: Record<string, string>
} {
  const { body, headers } = recording<{ body: string; headers: Record<string, string> }>(path)
  return { event: JSON.parse(body), headers }
}
