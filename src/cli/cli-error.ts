/** A failure in words for a person: what happened, and what to do. Its stack appears with `--verbose` alone. */
export class CliError extends Error {
  override name = 'CliError'
  /** What to do about it. */
  readonly remedy: string | undefined

  /** @param code - stable, machine-readable reason; part of the `--json` output. */
  constructor(
    readonly code: string,
    message: string,
    options: { remedy?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.remedy = options.remedy
  }
}
