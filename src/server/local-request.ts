import type { Connection } from '../logto/connection.js'
import { isLoopback, isLoopbackAddress } from '../logto/loopback.js'
import { headerOf, type RequestHeaders } from './bearer-token.js'

/** Headers by which a proxy tells for whom it asks, beside all that begin with `x-forwarded`. RFC 7239; RFC 9110, 7.6.3. */
const PROXY_HEADERS = [
  'cdn-loop',
  'cf-connecting-ip',
  'client-ip',
  'fastly-client-ip',
  'fly-client-ip',
  'forwarded',
  'forwarded-for',
  'true-client-ip',
  'via',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
  'x-forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-server',
  'x-original-forwarded-for',
  'x-original-host',
  'x-original-url',
  'x-real-ip',
]

/**
 * Returns why a request is not, or not surely, from a program on this machine; undefined when it is.
 *
 * The address alone proves too little: a proxy on this machine connects for others, and so does a browser for the page that
 * it shows. Such a page is told by `origin`, and one whose name was made to lead here (DNS rebinding) by `host`.
 */
export function whyNotLocal(headers: RequestHeaders, connection: Connection | undefined): string | undefined {
  const { remoteAddress } = connection ?? {}
  if (remoteAddress === undefined) return 'the address of the caller is not known'
  if (!isLoopbackAddress(remoteAddress)) return 'the caller is on another machine'
  const proxied = proxyHeaderOf(headers)
  if (proxied !== undefined) return `it came through a proxy (${proxied})`
  if (!isHostLocal(headerOf(headers, 'host'))) return 'its Host is not the name of this machine'
  if (!isOriginLocal(headerOf(headers, 'origin'))) return 'it came from a page of another machine (Origin)'
  return undefined
}

function proxyHeaderOf(headers: RequestHeaders): string | undefined {
  const names = headers instanceof Headers ? [...headers.keys()] : Object.keys(headers)
  const forwarded = names.find((name) => /^x-forwarded/i.test(name))
  return forwarded?.toLowerCase() ?? PROXY_HEADERS.find((name) => headerOf(headers, name) !== undefined)
}

function isHostLocal(host: string | undefined): boolean {
  return host === undefined || isOriginLocal(`http://${host}`)
}

function isOriginLocal(origin: string | undefined): boolean {
  return origin === undefined || (URL.canParse(origin) && isLoopback(new URL(origin).hostname))
}
