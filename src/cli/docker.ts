import { isLoopback } from '../logto/loopback.js'
import type { Host } from './terminal.js'

/** The name by which a container reaches the machine that it runs on. */
export const DOCKER_HOST = 'host.docker.internal'

/**
 * Whether the server at `endpoint` runs in a Docker container of this machine: then its `localhost` is not ours. Asks
 * `docker ps` for the published ports; false when there is no Docker.
 */
export async function runsInDocker(host: Host, endpoint: string): Promise<boolean> {
  const { hostname, port } = new URL(endpoint)
  if (!isLoopback(hostname) || !port) return false
  const ports = await host.execute('docker', ['ps', '--format', '{{.Ports}}'])
  return ports?.split(/[\s,]+/).some((published) => published.includes(`:${port}->`)) ?? false
}

/** The same URL as a container reaches it, when it is one of this machine. */
export function asSeenFromDocker(url: string): string {
  return withHost(url, DOCKER_HOST)
}

/** The same URL under another name of this machine, when it is one of this machine. */
export function withHost(url: string, host: string): string {
  const { hostname } = new URL(url)
  return isLoopback(hostname) ? url.replace(hostname, host) : url
}
