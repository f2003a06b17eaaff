import { readdirSync, readFileSync } from 'node:fs'
import { z } from 'zod'

const FOLDER = new URL('../fixtures/recordings/webhooks/', import.meta.url)

const recordingSchema = z.object({
  method: z.string(),
  headers: z.record(z.string(), z.string()),
  signingKey: z.string(),
  body: z.string(),
})

/** One delivery of a real Logto: exact body, headers and the key that signed it. */
export interface WebhookRecording extends z.infer<typeof recordingSchema> {
  file: string
  signature: string
}

/** Every recorded delivery, in the order in which Logto sent them. */
export function webhookRecordings(): WebhookRecording[] {
  return readdirSync(FOLDER).sort().map(webhookRecording)
}

/** One recorded delivery by its file's name. */
export function webhookRecording(file: string): WebhookRecording {
  const recording = recordingSchema.parse(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')))
  return { file, ...recording, signature: recording.headers['logto-signature-sha-256'] ?? '' }
}

/** The recorded delivery as a request. */
export function requestOf({ method, headers, body }: WebhookRecording): Request {
  return new Request('http://127.0.0.1:4000/api/syncUser', { method, headers, body })
}
