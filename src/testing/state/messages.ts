import { randomInt } from 'node:crypto'

/** A recipient gets so many messages; the next one is refused (recordings/errors/verification-code-message-rate-limited). */
const MESSAGE_LIMIT = 10
const WINDOW_MS = 60 * 60 * 1000

/** A verification code that was "sent". */
export interface SentMessage {
  recipient: string
  code: string
  /** Milliseconds since the epoch. */
  sentAt: number
}

/** Verification codes are not sent anywhere: tests read them here. */
export class Messages {
  /** Oldest first. */
  readonly sent: SentMessage[] = []

  /** Makes a code for the recipient, or undefined when there have been too many. */
  send(recipient: string, now: number): string | undefined {
    const recent = this.sent.filter(
      (message) => message.recipient === recipient && message.sentAt > now - WINDOW_MS,
    )
    if (recent.length >= MESSAGE_LIMIT) return undefined
    const code = String(randomInt(1_000_000)).padStart(6, '0')
    this.sent.push({ recipient, code, sentAt: now })
    return code
  }

  /** The last code for the recipient. */
  lastCode(recipient: string): string | undefined {
    return this.sent.findLast((message) => message.recipient === recipient)?.code
  }
}
