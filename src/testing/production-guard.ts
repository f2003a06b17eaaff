/** The values of NODE_ENV where a Logto of this package starts by itself. */
const ALLOWED = new Set([undefined, '', 'development', 'test'])

/** Whether a Logto of this package may start by itself. */
export function mayStartWith(nodeEnv: string | undefined): boolean {
  return ALLOWED.has(nodeEnv)
}

/**
 * Refuses to make a test Logto in production: it issues a token for everybody, to everybody who can call it.
 *
 * @throws Error with `code` `testing_in_production` unless `NODE_ENV` is unset, `development` or `test`.
 */
export function refuseProduction(
  allowProduction: boolean,
  nodeEnv = globalThis.process?.env?.NODE_ENV,
): void {
  if (allowProduction || mayStartWith(nodeEnv)) return
  const message =
    `createTestLogto is for development and tests and does not start with NODE_ENV=${JSON.stringify(nodeEnv)}. ` +
    'Use a real Logto, or pass { allowProduction: true } if you know why.'
  throw Object.assign(new Error(message), { code: 'testing_in_production' })
}
