import { longId, secretValue } from '../records/identifiers.js'

/** Seconds for which a subject token can be exchanged (recordings/released/subject-token-create.json). */
export const SUBJECT_TOKEN_TTL = 600

/** A token of a user's own for scripts. Source: recordings/released/pat-create.json. */
export interface PersonalAccessToken {
  tenantId: string
  userId: string
  name: string
  value: string
  createdAt: number
  /** Milliseconds since the epoch, or null when it does not expire. */
  expiresAt: number | null
}

interface SubjectToken {
  userId: string
  /** Milliseconds since the epoch. */
  expiresAt: number
}

/** What can be exchanged for a user's access token (RFC 8693) and is no access token itself. */
export class ExchangeableTokens {
  readonly #subjectTokens = new Map<string, SubjectToken>()
  readonly #personal: PersonalAccessToken[] = []
  readonly #now: () => number

  /** @param now - clock in milliseconds since the epoch. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Returns a new subject token of a user. It can be exchanged once, for {@link SUBJECT_TOKEN_TTL} seconds. */
  addSubjectToken(userId: string): string {
    const value = `sub_${longId()}`
    this.#subjectTokens.set(value, { userId, expiresAt: this.#now() + SUBJECT_TOKEN_TTL * 1000 })
    return value
  }

  /** Returns whose subject token this is, or undefined when it is unknown, used or expired. */
  userOfSubjectToken(value: string): string | undefined {
    const found = this.#subjectTokens.get(value)
    return found && found.expiresAt > this.#now() ? found.userId : undefined
  }

  /** Ends a subject token, once it was exchanged. Any other value is left as it is. */
  endSubjectToken(value: string): void {
    this.#subjectTokens.delete(value)
  }

  addPersonal(userId: string, name: string, expiresAt: number | null): PersonalAccessToken {
    const value = `pat_${secretValue()}`
    const token = { tenantId: 'default', userId, name, value, createdAt: this.#now(), expiresAt }
    this.#personal.push(token)
    return token
  }

  /** Returns the personal access tokens of a user, newest first (recordings/released/pat-list.json). */
  personalOf(userId: string): PersonalAccessToken[] {
    return this.#personal.filter((token) => token.userId === userId).reverse()
  }

  /** Returns a user's personal access token by its name, which no two of one user share. */
  personalNamed(userId: string, name: string): PersonalAccessToken | undefined {
    return this.#personal.find((token) => token.userId === userId && token.name === name)
  }

  deletePersonal(token: PersonalAccessToken): void {
    this.#personal.splice(this.#personal.indexOf(token), 1)
  }

  /** Returns whose personal access token this is, or undefined when it is unknown or expired. */
  userOfPersonal(value: string): string | undefined {
    const found = this.#personal.find((token) => token.value === value)
    const isOver = found?.expiresAt != null && found.expiresAt <= this.#now()
    return isOver ? undefined : found?.userId
  }
}
