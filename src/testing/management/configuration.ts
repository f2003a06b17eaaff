import { z } from 'zod/v3'
import { notFound } from './errors.js'
import { noContent, ok, param, parseBody, type Route } from './router.js'

const rotation = z.object({
  signingKeyAlgorithm: z.enum(['EC', 'RSA']).optional(),
  rotationGracePeriod: z.number().gte(0).optional(),
})

/** The signing keys, the account center and the sign-in experience. */
export const configurationRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/configs/oidc/private-keys',
    handle: (context) => ok(context.state.keys.list()),
  },
  {
    method: 'POST',
    path: '/configs/oidc/private-keys/rotate',
    handle: async (context) => {
      await context.state.keys.rotate(parseBody(context, rotation))
      return ok(context.state.keys.list())
    },
  },
  {
    method: 'DELETE',
    path: '/configs/oidc/private-keys/:keyId',
    handle: (context) => {
      if (!context.state.keys.deletePrevious(param(context, 'keyId'))) throw notFound()
      return noContent()
    },
  },
  { method: 'GET', path: '/account-center', handle: (context) => ok(context.state.accountCenter) },
  {
    method: 'PATCH',
    path: '/account-center',
    handle: (context) => {
      const change = parseBody(
        context,
        z.object({ enabled: z.boolean(), fields: z.record(z.string()) }).partial(),
      )
      return ok(Object.assign(context.state.accountCenter, change))
    },
  },
  { method: 'GET', path: '/sign-in-exp', handle: (context) => ok(context.state.signInExperience) },
  {
    method: 'PATCH',
    path: '/sign-in-exp',
    handle: (context) => {
      const change = parseBody(context, z.record(z.unknown()))
      context.state.signInExperience = { ...context.state.signInExperience, ...change }
      return ok(context.state.signInExperience)
    },
  },
]
