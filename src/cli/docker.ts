import { isLoopback } from '../logto/loopback.js'
import type { Host } from './terminal.js'

/** The name by which a container reaches the machine that it runs on. */
export const DOCKER_HOST = 'host.docker.internal'

/**
 * Resolves with the image of the Docker container of this machine that serves `endpoint`; undefined when there is no
 * Docker, or something else serves it. In a container `localhost` is the container.
 */
export async function dockerImageOf(host: Host, endpoint: string): Promise<string | undefined> {
  const { hostname, port } = new URL(endpoint)
  if (!isLoopback(hostname) || !port) return undefined
  const containers = await host.execute('docker', ['ps', '--format', '{{.Image}} {{.Ports}}'])
  const container = containers?.split('\n').find((line) => line.includes(`:${port}->`))
  return container?.split(' ')[0]
}

/** Returns the same URL as a container reaches it, when it is one of this machine. */
export function asSeenFromDocker(url: string): string {
  return withHost(url, DOCKER_HOST)
}

/** Returns the same URL under another name of this machine, when it is one of this machine. */
export function withHost(url: string, host: string): string {
  const { hostname } = new URL(url)
  return isLoopback(hostname) ? url.replace(hostname, host) : url
}
