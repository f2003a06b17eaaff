/** Failed sign-ins before an identifier is locked, and for how long. Source: Logto docs, "Identifier lockout". */
const DEFAULT_MAX_ATTEMPTS = 100
const DEFAULT_LOCKOUT_MINUTES = 60

/** Counts failed sign-ins of an identifier within the last hour. */
export class Lockouts {
  readonly #failures = new Map<string, number[]>()
  readonly #lockedUntil = new Map<string, number>()

  isLocked(identifier: string, now: number): boolean {
    return (this.#lockedUntil.get(identifier) ?? 0) > now
  }

  /** Records a failed sign-in. Returns whether it locks the identifier. */
  recordFailure(identifier: string, now: number, policy: LockoutPolicy = {}): boolean {
    const { maxAttempts = DEFAULT_MAX_ATTEMPTS, lockoutDuration = DEFAULT_LOCKOUT_MINUTES } = policy
    const recent = (this.#failures.get(identifier) ?? []).filter((at) => at > now - 60 * 60 * 1000)
    recent.push(now)
    this.#failures.set(identifier, recent)
    if (recent.length < maxAttempts) return false
    this.#failures.delete(identifier)
    this.#lockedUntil.set(identifier, now + lockoutDuration * 60 * 1000)
    return true
  }

  /** Records a sign-in, which ends the count of failures. */
  recordSuccess(identifier: string): void {
    this.#failures.delete(identifier)
  }
}

/** The fields of the sign-in experience's `sentinelPolicy` that are used here. */
export interface LockoutPolicy {
  maxAttempts?: number | undefined
  /** Minutes. */
  lockoutDuration?: number | undefined
}
