/** One delivery, apart from the server that took it. */
export interface WebhookDelivery {
  method: string
  /** Looked up by lowercase name; several values of one header come joined by commas. */
  header(name: string): string | null | undefined
  /**
   * Reads the raw body, and no further than `maxBytes`.
   *
   * @throws WebhookError `body_too_large`, `body_timeout`, `body_aborted`, `body_already_parsed`.
   */
  readBody(limits: BodyLimits): Uint8Array | Promise<Uint8Array>
}

/** How much of a body is read, and for how long. */
export interface BodyLimits {
  maxBytes: number
  timeoutMs: number
}

/** What to answer. `body` is JSON. */
export interface WebhookAnswer {
  status: number
  headers: Record<string, string>
  body: string
}
