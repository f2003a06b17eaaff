import { randomInt } from 'node:crypto'

/** Messages to one recipient within the window; the next one is refused (recordings/errors/verification-code-message-rate-limited). */
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

  /** Returns a new code for the recipient, or undefined after too many messages. */
  send(recipient: string, now: number): string | undefined {
    const recent = this.sent.filter(
      (message) => message.recipient === recipient && message.sentAt > now - WINDOW_MS,
    )
    if (recent.length >= MESSAGE_LIMIT) return undefined
    const code = String(randomInt(1_000_000)).padStart(6, '0')
    this.sent.push({ recipient, code, sentAt: now })
    return code
  }

  /** Returns the last code for the recipient. */
  lastCode(recipient: string): string | undefined {
    return this.sent.findLast((message) => message.recipient === recipient)?.code
  }
}
