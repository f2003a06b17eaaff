import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context, Hono } from 'hono'
import { failureEntry, pathOf } from '../logto/log-line.js'
import { jsonResponse } from '../testing/http/bodies.js'
import { createManagementApi } from '../testing/management/api.js'
import { ManagementRefusal } from '../testing/management/errors.js'
import { discoveryResponse } from '../testing/oidc/discovery.js'
import type { LogtoState } from '../testing/state/state.js'
import { ICON } from './pages/document.js'
import type { ProviderSource } from './provider/provider-source.js'
import { accountApi } from './sign-in/account-api.js'
import { experienceApi } from './sign-in/experience-api.js'
import { Interaction } from './sign-in/interaction.js'
import type { ShownAccounts } from './sign-in/shown-accounts.js'
import { signInPages } from './sign-in/sign-in-pages.js'

/** Node's request and response, as @hono/node-server hands them on. */
interface NodeBindings {
  incoming: IncomingMessage
  outgoing: ServerResponse
}

/** Returns the app that answers the pages, the APIs, discovery and the key set. OpenID Connect's endpoints are elsewhere. */
export function createHttpApp(
  HonoClass: typeof Hono,
  state: LogtoState,
  source: ProviderSource,
  accounts: ShownAccounts,
  log: (entry: string) => void,
): Hono {
  const app = new HonoClass()
  const find = (context: Context<{ Bindings: NodeBindings }>) => {
    const { incoming: request, outgoing: response } = context.env
    return Interaction.of({ state, provider: source.current, grants: source.grants, request, response })
  }

  const pages = signInPages(find, accounts)
  for (const kind of ['sign-in', 'register'] as const) {
    app.get(`/${kind}`, pages.show(kind))
    app.post(`/${kind}`, pages.submit(kind))
  }
  app.post('/sign-in/cancel', pages.cancel)
  app.get('/consent', pages.consent)
  // Browsers ask for it when they show an answer that is no page of ours.
  app.get('/favicon.ico', (context) => context.body(ICON, 200, { 'content-type': 'image/svg+xml' }))

  app.route('/api/experience', experienceApi(state, find, HonoClass))
  app.route('/api/my-account', accountApi(state, source, HonoClass))
  app.onError((error, context) => {
    if (error instanceof ManagementRefusal) return error.toResponse()
    log(failureEntry(`500 at ${context.req.method} ${pathOf(context.req.url)}`, error))
    // recordings/released/sign-in-bcrypt-garbage-digest.json
    if (pathOf(context.req.url).startsWith('/api/'))
      return jsonResponse({ message: 'Internal server error.' }, 500)
    return context.text('Internal Server Error', 500)
  })
  const managementApi = createManagementApi(state)
  app.all('/api/*', (context) => managementApi(context.req.raw))
  app.all(
    '/oidc/*',
    async (context) => (await discoveryResponse(state, context.req.raw)) ?? context.notFound(),
  )
  return app
}
