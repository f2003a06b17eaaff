// Compiled against the packed tarball, in a project without `interaqt` or any other optional peer.
import { ApiError, Client as BrowserClient } from '@yourorg/interaqt-logto/browser'
import { AuthError, Client, type ClientOptions, createParseUserId } from '@yourorg/interaqt-logto/server'
import { createWebhookHandler, type LogtoWebhookEvent, userIdOf } from '@yourorg/interaqt-logto/webhook'

export const browser: BrowserClient = new BrowserClient(
  'http://127.0.0.1:3001',
  'spa',
  'http://127.0.0.1:4000',
)
export const logto: Client = new Client('http://127.0.0.1:3001', 'm2m', 'secret', 'http://127.0.0.1:4000')
// @ts-expect-error neither interaqtEndpoint nor resource: tokens for any API would do
export const withoutAudience: ClientOptions = { logtoEndpoint: 'http://127.0.0.1:3001' }
// @ts-expect-error the fourth string is the audience
export const threeStrings: ConstructorParameters<typeof Client> = ['http://127.0.0.1:3001', 'm2m', 'secret']
export const subject: Promise<string> = logto
  .verifyJWTForAPI({ authorization: 'Bearer x' })
  .then((claims) => claims.sub)
export const parseUserId = createParseUserId(logto, { requiredScopes: ['interaction:write'] })
export const handle: (request: Request) => Promise<Response> = createWebhookHandler({
  signingKey: 'key',
  on: {
    'User.Created': (event) => {
      const name: 'User.Created' = event.event
      return console.log(name, userIdOf(event))
    },
  },
  onAny: (event: LogtoWebhookEvent) => console.log(event.event),
})
export const isOurs = (error: unknown): boolean => error instanceof AuthError || error instanceof ApiError
