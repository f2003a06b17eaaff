/** Endpoints whose answers a test can disturb. `management` is everything under `/api`. */
export type FaultyEndpoint = 'discovery' | 'jwks' | 'token' | 'userinfo' | 'management'

/** How an endpoint answers while the fault is on. */
export interface EndpointFault {
  /** Answer with this status instead of the real answer, e.g. 429 or 500. */
  status?: number | undefined
  /** Seconds, sent as `Retry-After` with `status`. */
  retryAfter?: number | undefined
  /** Answer 200 with a body that is not JSON. */
  garbage?: boolean | undefined
  /** Milliseconds to wait before any answer. */
  delayMs?: number | undefined
  /** Never answer; the connection stays open. */
  hang?: boolean | undefined
  /** Share of the requests that the fault hits, 0 to 1; default 1. */
  probability?: number | undefined
  /** Number of hits after which the fault ends; default: when it is cleared. */
  times?: number | undefined
}

/** What happens to webhook deliveries. Each number is a share of the deliveries, 0 to 1. */
export interface DeliveryFaults {
  /** Lost without a trace in the delivery log, like a delivery in flight while Logto restarts. */
  drop?: number | undefined
  /** Never reaches the listener and is logged as an error, like a refused connection. */
  fail?: number | undefined
  /** Sent twice. */
  duplicate?: number | undefined
  /** Held back until the next delivery has been sent. */
  reorder?: number | undefined
  /** Milliseconds before each delivery, fixed or drawn from a range. */
  delayMs?: number | readonly [number, number] | undefined
  /** Only these events; default all. */
  events?: readonly string[] | undefined
}

/** How `updatedAt` of users misbehaves. Each number is a share of the writes, 0 to 1. docs/facts.md, "Webhooks". */
export interface UpdatedAtFaults {
  /** The write keeps the previous `updatedAt`: two writes in one millisecond. */
  ties?: number | undefined
  /** The write ends with an `updatedAt` before the previous one: the later write's transaction had started first. */
  inversions?: number | undefined
}

/** How one delivery is sent. */
export interface DeliveryPlan {
  outcome: 'deliver' | 'drop' | 'fail'
  copies: 1 | 2
  holdBack: boolean
  delayMs: number
}

/** Grants as the embedded server keeps them, so that a test can end one. */
export interface GrantControl {
  /** Ends every grant of the user: refresh tokens and opaque access tokens stop working. Returns how many. */
  revoke(userId: string): number
  /** Expires the refresh tokens of the user. Returns how many. */
  expire(userId: string): number
}
