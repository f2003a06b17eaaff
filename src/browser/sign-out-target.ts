import { isPage } from '../logto/option-rules.js'

/**
 * Returns where a sign-out leads.
 *
 * @throws TypeError for anything else than an address or the event of a click.
 */
export function signOutTarget(given: unknown): string | undefined {
  const target = withoutEvent(given)
  if (target === undefined) return undefined
  if (isPage(target)) return String(target)
  throw new TypeError('signOut needs a path or URL')
}

/** Returns an argument, but `undefined` for an event: `onClick={signOut}` passes that of the click. */
export function withoutEvent<T>(given: T): T | undefined {
  return Object(given).preventDefault ? undefined : given
}
