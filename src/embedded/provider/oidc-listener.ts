import type { IncomingMessage, ServerResponse } from 'node:http'
import type { LogtoState } from '../../testing/state/state.js'
import { normalizedTokenRequest, withOrganizationResource } from './oidc-request.js'
import type { ProviderSource } from './provider-source.js'

const MOUNT = '/oidc'
const FAULTY_PATHS: Record<string, 'token' | 'userinfo'> = { '/token': 'token', '/me': 'userinfo' }

/** Whether oidc-provider answers this path; discovery and keys are answered from the state instead. */
export const isForProvider = (path: string): boolean =>
  path.startsWith(`${MOUNT}/`) && !/^\/oidc\/(jwks|\.well-known\/)/.test(path)

/** Answers requests below `/oidc` with oidc-provider. */
export function oidcListener(state: LogtoState, source: ProviderSource) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = withOrganizationResource((request.url ?? '').slice(MOUNT.length))
    const endpoint = FAULTY_PATHS[path.split('?', 1)[0] ?? '']
    const faulty = endpoint && request.method !== 'OPTIONS' ? await state.faults.answer(endpoint) : undefined
    if (faulty) {
      response.writeHead(faulty.status, Object.fromEntries(faulty.headers)).end(await faulty.text())
      return
    }
    const isTokenRequest = path === '/token' && request.method === 'POST'
    const incoming = isTokenRequest ? await normalizedTokenRequest(request) : request
    // oidc-provider finds the path that it is mounted under by comparing originalUrl with url.
    Object.assign(incoming, { url: path, originalUrl: `${MOUNT}${path}` })
    await source.current.callback()(incoming, response)
  }
}
