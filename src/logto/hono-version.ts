/** The first Hono of the peer range. Measured: cookie names are read as they were sent since 4.12.12. */
const FIRST_HONO = '4.12.15'

/**
 * Refuses a Hono that trims more than spaces from the names of cookies. It would read a cookie that begins with a
 * non-breaking space and `__Host-` as one with the prefix, although any host of the domain can set such a cookie
 * (RFC 6265bis, 4.1.3.2). What its parser does is tried, because a bundle has no version to read.
 *
 * @param parse - of `hono/utils/cookie`.
 * @param entry - what is being loaded, for the message.
 * @throws Error with `code` `peer_unsupported`.
 */
export function assertHonoVersion(parse: (header: string) => Record<string, string>, entry: string): void {
  if (!Object.hasOwn(parse('\u00a0name=value'), 'name')) return
  const message =
    `${entry} needs hono ${FIRST_HONO} or later, found an older one, which takes cookies of other hosts for the session's: ` +
    `npm install hono@^${FIRST_HONO}`
  throw Object.assign(new Error(message), { code: 'peer_unsupported' })
}
