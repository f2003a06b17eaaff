import type { Context, Hono } from 'hono'
import { z } from 'zod/v3'
import { jsonResponse } from '../../testing/http/bodies.js'
import { parseBody } from '../../testing/management/router.js'
import type { UserRecord } from '../../testing/records/records.js'
import type { LogtoState } from '../../testing/state/state.js'
import { userInEvent } from '../../testing/state/users.js'
import type { ProviderSource } from '../provider/provider-source.js'

const accountChange = z.object({
  name: z.string().nullable().optional(),
  username: z.string().nullable().optional(),
  avatar: z.string().nullable().optional(),
  customData: z.record(z.unknown()).optional(),
})

/**
 * Returns Logto's account API: users change their own data with an opaque access token. Its webhook carries `data` and
 * no request fields. Source: recordings/mgmt/account-api-patch-self.json and webhooks/0217-accountapi.
 */
export function accountApi(state: LogtoState, source: ProviderSource, HonoClass: typeof Hono): Hono {
  const app = new HonoClass()

  const userOf = async (context: Context): Promise<UserRecord | undefined> => {
    const token = /^Bearer (.+)$/.exec(context.req.header('authorization') ?? '')?.[1]
    const found = token === undefined ? undefined : await source.current.AccessToken.find(token)
    const user = found && state.users.get(found.accountId)
    return user?.isSuspended ? undefined : user
  }

  app.get('/', async (context) => {
    const user = await userOf(context)
    return user ? jsonResponse(accountInApi(user), 200, CORS) : unauthorized()
  })
  app.patch('/', async (context) => {
    const user = await userOf(context)
    if (!user) return unauthorized()
    const change = parseBody(accountChange, await context.req.json().catch(() => undefined))
    const { enabled, fields } = state.accountCenter
    if (!enabled || Object.keys(change).some((field) => fields[field] !== 'Edit')) return notEditable()
    state.users.update(user, change)
    state.deliveries.trigger('User.Data.Updated', {
      userAgent: context.req.header('user-agent') ?? '',
      ip: '::ffff:127.0.0.1',
      data: userInEvent(user),
    })
    return jsonResponse(accountInApi(user), 200, CORS)
  })
  return app
}

function accountInApi(user: UserRecord): Record<string, unknown> {
  const {
    primaryEmail: _email,
    primaryPhone: _phone,
    identities: _identities,
    ...visible
  } = userInEvent(user)
  return { ...visible, hasSecurityVerificationMethod: user.passwordDigest !== null }
}

const unauthorized = (): Response =>
  jsonResponse(
    { code: 'auth.unauthorized', message: 'Unauthorized. Please check credentials and its scope.' },
    401,
    CORS,
  )

const notEditable = (): Response =>
  jsonResponse({ code: 'account_center.field_not_editable', message: 'Field is not editable.' }, 400, CORS)

const CORS = { 'access-control-allow-origin': '*', 'access-control-expose-headers': '*' }
