/** The connection that a request came by, as far as the server knows it. */
export interface Connection {
  /** Address of the other end: `127.0.0.1`, `::1`. That of a proxy, where one is between. */
  readonly remoteAddress?: string | undefined
}

const connections = new WeakMap<object, Connection>()

/**
 * Notes the connection of a request beside its headers, so that a function which passes on these headers passes it on too.
 * Not as a property: `new Headers(headers)` throws for an object with a symbol (Node 20).
 */
export function noteConnection(headers: object, connection: Connection): void {
  connections.set(headers, connection)
}

/** Returns the connection that was noted beside these very headers. A copy of them has none. */
export function connectionOf(headers: object): Connection | undefined {
  return connections.get(headers)
}
