import { z } from 'zod/v3'
import type { GrantRecord, SessionRecord } from '../state/session-store.js'
import { invalidQuery, ManagementRefusal } from './errors.js'
import { del, get, noContent, ok, type Route, type RouteContext } from './router.js'

// Neither sends a webhook or a logout token (recordings/released/effects-summary.json). This look-alike has no
// third-party applications, so the grants of `firstParty` are all.
const revokeGrantsTarget = z.enum(['all', 'firstParty']).optional()
const appType = z.enum(['firstParty', 'thirdParty']).optional()

/** `/users/:userId/sessions` and `/users/:userId/grants`. Neither has pages, and an unknown user has none of them. */
export const sessionRoutes: readonly Route[] = [
  get('/users/:userId/sessions', (context) =>
    ok({ sessions: context.state.sessions.sessionsOf(context.param('userId')) }),
  ),
  get('/users/:userId/sessions/:uid', (context) => {
    const session = sessionOf(context)
    // recordings/released/session-get-other-user.json
    if (session.accountId !== context.param('userId')) throw sessionNotFound()
    return ok(session)
  }),
  del('/users/:userId/sessions/:uid', (context) => {
    const target = queryParameter(context, 'revokeGrantsTarget', revokeGrantsTarget)
    if (sessionOf(context).accountId !== context.param('userId')) {
      // recordings/released/session-delete-other-user.json
      const code = 'oidc.invalid_session_account_id'
      throw new ManagementRefusal(404, code, 'Session accountId mismatch.')
    }
    context.state.sessions.endSession(context.param('uid'), { withGrants: target !== undefined })
    return noContent()
  }),
  get('/users/:userId/grants', (context) => {
    const type = queryParameter(context, 'appType', appType)
    const grants = type === 'thirdParty' ? [] : context.state.sessions.grantsOf(context.param('userId'))
    return ok({ grants: grants.flatMap((grant) => grantInApi(context, grant)) })
  }),
  del('/users/:userId/grants/:grantId', (context) => {
    const { sessions } = context.state
    const id = context.param('grantId')
    if (!sessions.grantsOf(context.param('userId')).some((grant) => grant.id === id)) {
      // recordings/released/grant-delete-unknown.json, grant-delete-other-user.json
      throw new ManagementRefusal(404, 'oidc.invalid_grant', 'Grant request is invalid.')
    }
    sessions.endGrant(id)
    return noContent()
  }),
]

/** recordings/released/session-delete-unknown.json */
const sessionNotFound = (): ManagementRefusal =>
  new ManagementRefusal(404, 'oidc.session_not_found', 'Session not found.')

function sessionOf(context: RouteContext): SessionRecord {
  const session = context.state.sessions.session(context.param('uid'))
  if (!session) throw sessionNotFound()
  return session
}

function grantInApi(context: RouteContext, grant: GrantRecord): Record<string, unknown>[] {
  const { clientId } = grant.payload
  const application = typeof clientId === 'string' ? context.state.applications.get(clientId) : undefined
  // What Logto shows of a grant of a deleted application is not recorded.
  return application ? [{ ...grant, application: { id: application.id, name: application.name } }] : []
}

/** @throws ManagementRefusal `guard.invalid_input` (recordings/released/session-delete-bad-target.json). */
function queryParameter<Value>(
  context: RouteContext,
  name: string,
  schema: z.ZodType<Value>,
): Value | undefined {
  const shape = z.object({ [name]: schema })
  const result = shape.safeParse(Object.fromEntries(context.query))
  if (!result.success) throw invalidQuery(result.error)
  return result.data[name]
}
