import { z } from 'zod/v3'
import { SUBJECT_TOKEN_TTL } from '../state/exchangeable-tokens.js'
import { expiresInThePast, ManagementRefusal, orNotFound } from './errors.js'
import { created, del, get, noContent, ok, patch, post, type Route, type RouteContext } from './router.js'

const newSubjectToken = z.object({ userId: z.string(), context: z.record(z.unknown()).optional() })
const personalToken = z.object({ name: z.string().min(1).max(128) })
const newPersonalToken = personalToken.extend({ expiresAt: z.number().nullable().optional() })

const PERSONAL = '/users/:userId/personal-access-tokens'

/** `/subject-tokens` and the personal access tokens of users: what a token exchange takes. */
export const exchangeableTokenRoutes: readonly Route[] = [
  post('/subject-tokens', (context) => {
    const { userId } = context.read(newSubjectToken)
    refuseUnknownUser(context, userId)
    const subjectToken = context.state.exchangeable.addSubjectToken(userId)
    return created({ subjectToken, expiresIn: SUBJECT_TOKEN_TTL })
  }),
  get(PERSONAL, (context) => ok(context.state.exchangeable.personalOf(context.param('userId')))),
  post(PERSONAL, (context) => {
    const { name, expiresAt = null } = context.read(newPersonalToken)
    const userId = context.param('userId')
    if (expiresAt !== null && expiresAt <= context.state.now()) throw expiresInThePast()
    refuseUnknownUser(context, userId)
    refuseTaken(context, name)
    return created(context.state.exchangeable.addPersonal(userId, name, expiresAt))
  }),
  patch(`${PERSONAL}/:name`, (context) => {
    const { name } = context.read(personalToken)
    const token = personalTokenOf(context)
    if (name !== token.name) refuseTaken(context, name)
    token.name = name
    return ok(token)
  }),
  del(`${PERSONAL}/:name`, (context) => {
    context.state.exchangeable.deletePersonal(personalTokenOf(context))
    return noContent()
  }),
]

const personalTokenOf = (context: RouteContext) =>
  orNotFound(context.state.exchangeable.personalNamed(context.param('userId'), context.param('name')))

/** recordings/released/subject-token-create-unknown-user.json, pat-create-unknown-user.json */
function refuseUnknownUser({ state }: RouteContext, userId: string): void {
  if (state.users.get(userId)) return
  const message =
    'Cannot find one or more foreign keys. Please check the input and ensure that all referenced entities exist.'
  throw new ManagementRefusal(404, 'entity.relation_foreign_key_not_found', message)
}

/** recordings/released/pat-create-duplicate-name.json */
function refuseTaken(context: RouteContext, name: string): void {
  if (!context.state.exchangeable.personalNamed(context.param('userId'), name)) return
  const message = 'Personal access token name already exists.'
  throw new ManagementRefusal(422, 'user.personal_access_token_name_exists', message)
}
