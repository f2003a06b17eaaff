const shown = new Set<string>()

/**
 * Returns a line for the developer, and writes it to the console: once for each page, because the same mistake fails every
 * call. `message` of an error is for the person who signs in; this line says what to change.
 */
export function hint(line: string): string {
  if (!shown.has(line)) console.warn(`interaqt-logto: ${line}`)
  shown.add(line)
  return line
}

/** The line for a resource that Logto does not know, or that the sign-in did not ask for. */
export function resourceHint(resources: readonly string[]): string {
  return hint(
    `Logto gives no token for the API resource "${resources.join('" or "')}": register exactly this one, or set \`resource\`, ` +
      'then sign in again',
  )
}
