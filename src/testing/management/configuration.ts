import { z } from 'zod/v3'
import { notFound } from './errors.js'
import { del, get, noContent, ok, patch, post, type Route } from './router.js'

const rotation = z.object({
  signingKeyAlgorithm: z.enum(['EC', 'RSA']).optional(),
  rotationGracePeriod: z.number().gte(0).optional(),
})
const accountCenter = z.object({ enabled: z.boolean(), fields: z.record(z.string()) }).partial()

/** The signing keys, the account center and the sign-in experience. */
export const configurationRoutes: readonly Route[] = [
  get('/configs/oidc/private-keys', ({ state }) => ok(state.keys.list())),
  post('/configs/oidc/private-keys/rotate', async (context) => {
    const { keys } = context.state
    await keys.rotate(context.read(rotation))
    return ok(keys.list())
  }),
  del('/configs/oidc/private-keys/:keyId', (context) => {
    if (!context.state.keys.deletePrevious(context.param('keyId'))) throw notFound()
    return noContent()
  }),
  get('/account-center', ({ state }) => ok(state.accountCenter)),
  patch('/account-center', (context) =>
    ok(Object.assign(context.state.accountCenter, context.read(accountCenter))),
  ),
  get('/sign-in-exp', ({ state }) => ok(state.signInExperience)),
  patch('/sign-in-exp', (context) => {
    const change = context.read(z.record(z.unknown()))
    context.state.signInExperience = { ...context.state.signInExperience, ...change }
    return ok(context.state.signInExperience)
  }),
]
