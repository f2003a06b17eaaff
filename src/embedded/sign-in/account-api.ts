import type { Context, Hono } from 'hono'
import { z } from 'zod/v3'
import { jsonResponse } from '../../testing/http/bodies.js'
import { parseBody } from '../../testing/management/router.js'
import type { UserRecord } from '../../testing/records/records.js'
import type { LogtoState } from '../../testing/state/state.js'
import { userInApi, userInEvent } from '../../testing/state/users.js'
import type { ProviderSource } from '../provider/provider-source.js'

const accountChange = z.object({
  name: z.string().nullable().optional(),
  username: z.string().nullable().optional(),
  avatar: z.string().nullable().optional(),
  customData: z.record(z.unknown()).optional(),
})

/**
 * Returns Logto's account API: users read and change their own data with an opaque access token, as far as its scopes go.
 * Its webhook carries `data` and no request fields. Source: recordings/released/account-*.json and
 * webhooks/0217-accountapi.
 */
export function accountApi(state: LogtoState, source: ProviderSource, HonoClass: typeof Hono): Hono {
  const app = new HonoClass()

  const callerOf = async (context: Context): Promise<Caller | undefined> => {
    const token = /^Bearer (.+)$/.exec(context.req.header('authorization') ?? '')?.[1]
    const found = token === undefined ? undefined : await source.current.AccessToken.find(token)
    const user = found && state.users.get(found.accountId)
    if (!user) return undefined
    return { user, scopes: new Set(found.scope?.split(' ')) }
  }

  app.get('/', async (context) => {
    const caller = await callerOf(context)
    return caller ? jsonResponse(accountInApi(caller), 200, CORS) : unauthorized(401)
  })
  app.patch('/', async (context) => {
    const caller = await callerOf(context)
    if (!caller) return unauthorized(401)
    const { user, scopes } = caller
    const change = parseBody(accountChange, await context.req.json().catch(() => undefined))
    const { enabled, fields } = state.accountCenter
    if (!enabled || Object.keys(change).some((field) => fields[field] !== 'Edit')) return notEditable()
    if (Object.keys(change).some((field) => !scopes.has(scopeOf(field)))) return unauthorized(400)
    state.users.update(user, change)
    state.deliveries.trigger('User.Data.Updated', {
      userAgent: context.req.header('user-agent') ?? '',
      ip: '::ffff:127.0.0.1',
      data: userInEvent(user),
    })
    return jsonResponse(accountInApi(caller), 200, CORS)
  })
  return app
}

/** Whose token it is, and what it allows. */
interface Caller {
  user: UserRecord
  scopes: ReadonlySet<string>
}

/** The scopes of the fields that need another one than `profile`. */
const SCOPE_OF_FIELD: Readonly<Record<string, string>> = {
  id: 'openid',
  primaryEmail: 'email',
  primaryPhone: 'phone',
  customData: 'custom_data',
}

const scopeOf = (field: string): string => SCOPE_OF_FIELD[field] ?? 'profile'

// Source: recordings/released/account-get-scope-*.json. No recording has the scope identities, so these are never shown.
function accountInApi({ user, scopes }: Caller): Record<string, unknown> {
  const { identities: _identities, ...fields } = userInApi(user)
  const visible = Object.entries(fields).filter(([field]) => scopes.has(scopeOf(field)))
  return { ...Object.fromEntries(visible), hasSecurityVerificationMethod: user.passwordDigest !== null }
}

/** 401 without a token; 400 for a field whose scope the token has not (recordings/released/account-patch-*.json). */
const unauthorized = (status: 400 | 401): Response =>
  jsonResponse(
    { code: 'auth.unauthorized', message: 'Unauthorized. Please check credentials and its scope.' },
    status,
    CORS,
  )

const notEditable = (): Response =>
  jsonResponse({ code: 'account_center.field_not_editable', message: 'Field is not editable.' }, 400, CORS)

const CORS = { 'access-control-allow-origin': '*', 'access-control-expose-headers': '*' }
