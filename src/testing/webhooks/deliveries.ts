import type { Faults } from '../faults/faults.js'
import { parsedJson } from '../http/bodies.js'
import { longId } from '../records/identifiers.js'
import type { DeliveryLogRecord, HookRecord } from '../records/records.js'
import { signDelivery } from './signed-webhook.js'

/** How long Logto waits for a listener. It tries once (recordings/webhook-retries.json). */
const DELIVERY_TIMEOUT_MS = 10_000

/** How a delivery ended. */
export interface DeliveryResult {
  response?: { statusCode: number; body: unknown }
  error?: string
}

/** Sends webhooks to the registered hooks and keeps the delivery log. */
export class Deliveries {
  /** The delivery log of all hooks, oldest first. */
  readonly log: DeliveryLogRecord[] = []
  /** Milliseconds that a listener may take. */
  timeoutMs = DELIVERY_TIMEOUT_MS
  readonly #hooks: ReadonlyMap<string, HookRecord>
  readonly #faults: Faults
  readonly #pending = new Set<Promise<void>>()
  #heldBack: (() => void)[] = []

  constructor(hooks: ReadonlyMap<string, HookRecord>, faults: Faults) {
    this.#hooks = hooks
    this.#faults = faults
  }

  /**
   * Delivers an event to every enabled hook that asked for it. Returns at once, as Logto does; deliveries of several
   * events run at the same time.
   *
   * @param fields - of the event, beside its name and time.
   * @param afterMs - milliseconds before it goes out.
   */
  trigger(event: string, fields: Record<string, unknown>, afterMs = 0): void {
    const payload = { event, createdAt: new Date(this.#faults.now()).toISOString(), ...fields }
    for (const hook of this.#hooks.values()) {
      if (hook.enabled && hook.events.some((name) => name === event))
        this.#deliver(hook, event, payload, afterMs)
    }
  }

  /** Resolves when no delivery is pending. */
  async settled(): Promise<void> {
    this.#releaseHeldBack()
    while (this.#pending.size > 0) await Promise.all(this.#pending)
  }

  /** Sends one body to a hook's URL without logging it, as the console's test delivery does. */
  async send(
    hook: Pick<HookRecord, 'config' | 'signingKey'>,
    payload: Record<string, unknown>,
  ): Promise<DeliveryResult> {
    try {
      const { body, headers } = signDelivery(payload, hook.signingKey)
      const response = await fetch(hook.config.url, {
        method: 'POST',
        headers: { ...headers, ...hook.config.headers },
        body,
        signal: AbortSignal.timeout(this.timeoutMs),
      })
      const text = await response.text()
      const answer = { statusCode: response.status, body: parsedJson(text) }
      if (response.ok) return { response: answer }
      const reason = `${response.status} ${response.statusText}`.trim()
      return {
        response: answer,
        error: `HTTPError: Request failed with status code ${reason}: POST ${hook.config.url}`,
      }
    } catch (error) {
      return { error: errorText(error, hook.config.url) }
    }
  }

  #deliver(hook: HookRecord, event: string, payload: Record<string, unknown>, afterMs: number): void {
    const plan = this.#faults.chooseDelivery(event)
    if (plan.outcome === 'drop') return
    // A copy: a held-back delivery must not show what was written to its rows meanwhile.
    const body = structuredClone({ ...payload, hookId: hook.id })
    for (let copy = 0; copy < plan.copies; copy++) {
      const gate = plan.holdBack ? new Promise<void>((resolve) => this.#heldBack.push(resolve)) : undefined
      this.#track(this.#attempt(hook, event, body, afterMs + plan.delayMs, plan.outcome === 'fail', gate))
    }
    if (!plan.holdBack) this.#releaseHeldBack()
  }

  async #attempt(
    hook: HookRecord,
    event: string,
    body: Record<string, unknown>,
    delayMs: number,
    fails: boolean,
    gate: Promise<void> | undefined,
  ): Promise<void> {
    await gate
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
    const result: DeliveryResult = fails
      ? {
          error: errorText(Object.assign(new TypeError('fetch failed'), { cause: refused }), hook.config.url),
        }
      : await this.send(hook, body)
    const key = `TriggerHook.${event}`
    this.log.push({
      id: longId(),
      key,
      payload: {
        key,
        result: result.error === undefined ? 'Success' : 'Error',
        ...result,
        hookId: hook.id,
        hookRequest: { body },
      },
      createdAt: this.#faults.now(),
    })
  }

  #track(delivery: Promise<void>): void {
    this.#pending.add(delivery)
    void delivery.finally(() => this.#pending.delete(delivery))
  }

  // A held-back delivery is sent late enough for the one that overtook it to arrive first.
  #releaseHeldBack(): void {
    const waiting = this.#heldBack
    this.#heldBack = []
    if (waiting.length > 0)
      setTimeout(() => {
        for (const release of waiting) release()
      }, 20)
  }
}

const refused = {
  message: 'connect ECONNREFUSED (fault on demand)',
  code: 'ECONNREFUSED',
  syscall: 'connect',
}

// The wording of Logto's log (recordings/webhook-listener-offline-log.json): the error's name, then its parts as JSON.
function errorText(error: unknown, url: string): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `TimeoutError: Request timed out: POST ${url}`
  const cause = error.cause instanceof Error ? { ...error.cause, message: error.cause.message } : error.cause
  return `${error.name}: ${JSON.stringify({ message: error.message, cause })}`
}
