import { readFileSync } from 'node:fs'
import type { LogtoVersion } from '../../src/testing/index.js'
import { asVersion } from './versions.js'

// A test file has one Logto under contract, so that no case has to hand its version on.
let version: LogtoVersion | undefined

/** From now on recordings are read as this version would have answered. */
export function readRecordingsAs(underContract: LogtoVersion): void {
  version = underContract
}

/** A recorded HTTP exchange with Logto's Management API or token endpoint. */
export interface RecordedExchange {
  request: { method: string; url: string; headers?: Record<string, string>; body?: unknown }
  response: { status: number; headers: Record<string, string>; body: unknown }
}

/** The JSON of a recording, by its path below `recordings/`; as the version under contract has it, once that is known. */
export function recording<T = unknown>(path: string): T {
  const text = readFileSync(new URL(`../fixtures/recordings/${path}`, import.meta.url), 'utf8')
  return parsed<T>(text)
}

/** A recorded exchange. */
export const recordedExchange = (path: string): RecordedExchange => recording<RecordedExchange>(path)

/** The event of a recorded webhook delivery, and its headers. */
export function recordedWebhook(path: string): {
  event: Record<string, unknown>
  headers: Record<string, string>
} {
  const { body, headers } = recording<{ body: string; headers: Record<string, string> }>(path)
  return { event: parsed<Record<string, unknown>>(body), headers }
}

function parsed<T>(text: string): T {
  return JSON.parse(version ? JSON.stringify(asVersion(version, JSON.parse(text))) : text)
}
