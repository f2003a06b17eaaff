import { isObject } from '../logto/is-object.js'

/**
 * Returns the address at the other end of a request's connection, from what `@hono/node-server` hands to the app beside
 * the request, as its `getConnInfo` does. Undefined on other runtimes, and for `app.request()`.
 *
 * @param env - the app's environment.
 */
export function remoteAddressOf(env: unknown): string | undefined {
  const bindings = isObject(env) && isObject(env.server) ? env.server : env
  const incoming = isObject(bindings) ? bindings.incoming : undefined
  const socket = isObject(incoming) ? incoming.socket : undefined
  const address = isObject(socket) ? socket.remoteAddress : undefined
  return typeof address === 'string' ? address : undefined
}
