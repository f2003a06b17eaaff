import type { RotationOptions, SigningKeys } from '../records/signing-keys.js'
import type {
  DeliveryFaults,
  DeliveryPlan,
  EndpointFault,
  FaultyEndpoint,
  GrantControl,
  UpdatedAtFaults,
} from './fault-types.js'

interface EndpointFaultState extends EndpointFault {
  hits: number
}

/**
 * Faults on demand. Random choices come from one seeded generator, so that a failing run can be repeated with its seed.
 */
export class Faults {
  /** The seed of this run. */
  readonly seed: number
  #random: () => number
  #endpoints = new Map<FaultyEndpoint, EndpointFaultState>()
  #deliveries: DeliveryFaults = {}
  #updatedAt: UpdatedAtFaults = {}
  #skewMs = 0
  #keys: SigningKeys | undefined
  #grants: GrantControl | undefined

  constructor(seed: number) {
    this.seed = seed
    this.#random = seededRandom(seed)
  }

  /**
   * Makes an endpoint answer wrongly until {@link clear}, or until the fault's `times` are used up.
   *
   * @returns an object that counts the requests hit.
   */
  endpoint(name: FaultyEndpoint, fault: EndpointFault): { readonly hits: number } {
    const state = { ...fault, hits: 0 }
    this.#endpoints.set(name, state)
    return state
  }

  /** Drops, fails, duplicates, reorders or delays webhook deliveries. Replaces what was set before. */
  webhooks(faults: DeliveryFaults): void {
    this.#deliveries = faults
  }

  /** Makes `updatedAt` of users tie or go backwards. Replaces what was set before. */
  userTimes(faults: UpdatedAtFaults): void {
    this.#updatedAt = faults
  }

  /** Sets this Logto's clock ahead (positive) or behind by `ms`. Keys, tokens, users and webhooks follow it. */
  skewClock(ms: number): void {
    this.#skewMs = ms
  }

  /** How far this Logto's clock is ahead, milliseconds. */
  get skewMs(): number {
    return this.#skewMs
  }

  /** Rotates the signing keys, at once or after a grace period. */
  async rotateKeys(options?: RotationOptions): Promise<void> {
    if (!this.#keys) throw new Error('these faults belong to no Logto state')
    await this.#keys.rotate(options)
  }

  /** Ends every grant of the user. Returns how many; 0 without an embedded server. */
  revokeGrants(userId: string): number {
    return this.#grants?.revoke(userId) ?? 0
  }

  /** Expires every refresh token of the user. Returns how many; 0 without an embedded server. */
  expireGrants(userId: string): number {
    return this.#grants?.expire(userId) ?? 0
  }

  /** Ends every fault and sets the clock right. Keys and grants stay as they are. */
  clear(): void {
    this.#endpoints.clear()
    this.#deliveries = {}
    this.#updatedAt = {}
    this.#skewMs = 0
  }

  /** @internal */
  controlKeys(keys: SigningKeys): void {
    this.#keys = keys
  }

  /** @internal */
  controlGrants(grants: GrantControl): void {
    this.#grants = grants
  }

  /** @internal Milliseconds since the epoch by this Logto's clock. */
  now(): number {
    return Date.now() + this.#skewMs
  }

  /** @internal Returns the `updatedAt` that a write stores. */
  updatedAt(previous: number): number {
    const { ties = 0, inversions = 0 } = this.#updatedAt
    const now = this.now()
    if (this.#hits(ties)) return previous
    return this.#hits(inversions) ? previous - 1 - Math.floor(this.#random() * 20) : now
  }

  /** @internal Chooses what happens to one delivery. */
  chooseDelivery(event: string): DeliveryPlan {
    const { drop = 0, fail = 0, duplicate = 0, reorder = 0, delayMs = 0, events } = this.#deliveries
    if (events && !events.includes(event))
      return { outcome: 'deliver', copies: 1, holdBack: false, delayMs: 0 }
    // Every choice draws one random number. So a changed share does not shift the later draws.
    const [dropped, failed, doubled, heldBack] = [drop, fail, duplicate, reorder].map((share) =>
      this.#hits(share),
    )
    const wait =
      typeof delayMs === 'number' ? delayMs : delayMs[0] + this.#random() * (delayMs[1] - delayMs[0])
    return {
      outcome: dropped ? 'drop' : failed ? 'fail' : 'deliver',
      copies: doubled ? 2 : 1,
      holdBack: heldBack === true,
      delayMs: wait,
    }
  }

  /** @internal Returns the faulty answer of an endpoint, or undefined when no fault hits the request. */
  async answer(name: FaultyEndpoint): Promise<Response | undefined> {
    const fault = this.#endpoints.get(name)
    if (!fault || !this.#hits(fault.probability ?? 1)) return undefined
    if (fault.times !== undefined && fault.hits >= fault.times) return undefined
    fault.hits++
    if (fault.delayMs) await new Promise((resolve) => setTimeout(resolve, fault.delayMs))
    if (fault.hang) return new Promise(() => {})
    if (fault.garbage)
      return new Response('<html>not what you asked for', { headers: { 'content-type': 'text/html' } })
    if (fault.status === undefined) return undefined
    const headers: Record<string, string> = { 'content-type': 'text/plain; charset=utf-8' }
    if (fault.retryAfter !== undefined) headers['retry-after'] = String(fault.retryAfter)
    return new Response('fault on demand', { status: fault.status, headers })
  }

  #hits(share: number): boolean {
    return share > 0 && this.#random() < share
  }
}

// Numbers from 0 to 1, the same ones for the same seed. This is mulberry32: 32 bits of state are enough to repeat a
// test run, and need no dependency.
function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
