import { mayStartWith } from '../testing/production-guard.js'

/**
 * Refuses to start in production. An embedded Logto keeps passwords with a fast digest and everything in memory, and
 * anybody can sign up.
 *
 * @throws Error with `code` `embedded_in_production` unless `NODE_ENV` is unset, `development` or `test`.
 */
export function refuseProduction(allowProduction: boolean, nodeEnv = process.env.NODE_ENV): void {
  if (allowProduction || mayStartWith(nodeEnv)) return
  const message =
    `The embedded Logto is for development and tests and does not start with NODE_ENV=${JSON.stringify(nodeEnv)}. ` +
    'Use a real Logto, or pass { allowProduction: true } if you know why.'
  throw Object.assign(new Error(message), { code: 'embedded_in_production' })
}
