import { BlockList, isIPv4, isIPv6 } from 'node:net'

// RFC 6890: addresses that mean nothing, or something else, on the public internet.
const PRIVATE = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv4')
}
PRIVATE.addAddress('::', 'ipv6')
PRIVATE.addAddress('::1', 'ipv6')
PRIVATE.addSubnet('fc00::', 7, 'ipv6')
PRIVATE.addSubnet('fe80::', 10, 'ipv6')

/**
 * Returns whether a URL leads to loopback or a private network, as far as its text tells: by its address, or by a name
 * that no public DNS has (RFC 6761, RFC 6762, and `.internal`, as in `host.docker.internal`). Nothing is looked up.
 */
export function isPrivateUrl(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  if (isIPv4(host)) return PRIVATE.check(host, 'ipv4')
  if (isIPv6(host)) return PRIVATE.check(host, 'ipv6')
  return !host.includes('.') || /\.(localhost|local|internal|test)$/.test(host)
}
