/** RFC 9110, section 7.6.1: fields of one connection, beside those that `connection` names and all that begin with `proxy-`. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']

/** Fields of a body as it was sent: `fetch` has decoded it since, so that neither is right any more. */
const OF_THE_SENT_BODY = ['content-encoding', 'content-length']

/** What a server says of itself to the browser: cookies, storage and transport of this origin are not another's to set. */
const OF_THE_ORIGIN = [
  'alt-svc',
  'clear-site-data',
  'public-key-pins',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
]

const OF_ANOTHER_SERVER = new Set([...HOP_BY_HOP, ...OF_THE_SENT_BODY, ...OF_THE_ORIGIN])

/**
 * Returns the headers of another server's answer that may go on to a caller of this one. Left out are those of the
 * connection, of the body as it was sent, and those by which a server speaks for its own origin, CORS among them.
 */
export function passedOnHeaders(headers: Iterable<readonly [string, string]>): Headers {
  const entries = [...headers].map(([name, value]) => [name.toLowerCase(), value] as const)
  const named = entries.filter(([name]) => name === 'connection').flatMap(([, value]) => tokensOf(value))
  const passed = new Headers()
  for (const [name, value] of entries) {
    const isLeftOut =
      OF_ANOTHER_SERVER.has(name) || named.includes(name) || /^(?:proxy-|access-control-)/.test(name)
    if (!isLeftOut) passed.append(name, value)
  }
  return passed
}

function tokensOf(value: string): string[] {
  return value.split(',').map((token) => token.trim().toLowerCase())
}
