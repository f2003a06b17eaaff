/**
 * Whether a host name leads to this machine alone: `localhost` and names below it (RFC 6761, 6.3), `127.0.0.0/8`
 * (RFC 1122, 3.2.1.3) and `::1`, with the brackets of a URL or without.
 */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(hostname)
}

/**
 * Whether the address of a connection is this machine's own: `127.0.0.0/8` and `::1`, also as an IPv4 address that a
 * socket for both families shows (RFC 4291, section 2.5.5.2). A name is no address.
 */
export function isLoopbackAddress(address: string): boolean {
  return /^(?:(?:::ffff:)?127(?:\.\d{1,3}){3}|::1)$/i.test(address)
}
