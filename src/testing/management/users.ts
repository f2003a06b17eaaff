import { z } from 'zod/v3'
import { LegacyDigestError, parseLegacyDigest } from '../records/legacy-passwords.js'
import { PASSWORD_ALGORITHMS } from '../records/password-algorithms.js'
import { isStoredPassword, newPassword } from '../records/passwords.js'
import type { UserRecord } from '../records/records.js'
import type { LogtoState } from '../state/state.js'
import { type UserChange, userInApi, userInEvent } from '../state/users.js'
import { ManagementRefusal, orNotFound } from './errors.js'
import { paged, pagedBy } from './pagination.js'
import { roleInApi } from './roles.js'
import {
  created,
  del,
  get,
  noContent,
  ok,
  patch,
  post,
  put,
  type Route,
  type RouteContext,
  type RouteResult,
  removeFrom,
} from './router.js'
import { searched } from './search.js'
import { sortedPage } from './sorted-page.js'

const SEARCH_FIELDS = ['id', 'primaryEmail', 'primaryPhone', 'username', 'name'] as const

const username = z.string().regex(/^[A-Z_a-z]\w*$/)
const email = z.string().regex(/^\S+@\S+\.\S+$/)
const phone = z.string().regex(/^\d+$/)
const jsonObject = z.record(z.unknown())

const newUser = z.object({
  username: username.optional(),
  primaryEmail: email.optional(),
  primaryPhone: phone.optional(),
  name: z.string().optional(),
  avatar: z.string().optional(),
  customData: jsonObject.optional(),
  profile: jsonObject.optional(),
  password: z.string().min(1).optional(),
  passwordDigest: z.string().max(256).optional(),
  passwordAlgorithm: z.enum(PASSWORD_ALGORITHMS).optional(),
})

const userChange = newUser
  .omit({ password: true, passwordDigest: true, passwordAlgorithm: true })
  .extend({
    username: username.nullable(),
    primaryEmail: email.nullable(),
    primaryPhone: phone.nullable(),
    name: z.string().nullable(),
    avatar: z.string().nullable(),
  })
  .partial()

/** `/users`: create, read, search, update, suspend, delete, and the roles of a user. */
export const userRoutes: readonly Route[] = [
  get('/users', listUsers),
  post('/users', (context) => {
    const body = context.read(newUser)
    refusePassword(body)
    refuseTaken(context.state, body)
    const user = userInApi(context.state.users.create(body, context.state.defaultRoleIds()))
    context.emit('User.Created', { data: user })
    return ok(user)
  }),
  get('/users/:userId', (context) => ok(shownTo(context)(userOf(context)))),
  patch('/users/:userId', (context) => {
    const change = context.read(userChange)
    const user = userOf(context)
    if (Object.keys(change).length === 0) {
      const message = 'Invalid input. Value list must not be empty.'
      throw new ManagementRefusal(422, 'entity.invalid_input', message)
    }
    refuseTaken(context.state, change, user)
    return updated(context, user, change)
  }),
  del('/users/:userId', (context) => {
    const user = userOf(context)
    for (const organization of context.state.organizations.values()) organization.members.delete(user.id)
    context.state.users.delete(user.id)
    context.state.sessions.signOut(user.id)
    context.emit('User.Deleted', { data: userInEvent(user) })
    return noContent()
  }),
  get('/users/:userId/custom-data', (context) => ok(userOf(context).customData)),
  patch('/users/:userId/custom-data', (context) => {
    const { customData } = context.read(z.object({ customData: jsonObject }))
    const user = userOf(context)
    context.state.users.update(user, { customData: { ...user.customData, ...customData } })
    // The event carries the merged object alone, without any id (docs/facts.md, "Webhooks").
    context.emit('User.Data.Updated', { data: user.customData })
    return ok(user.customData)
  }),
  patch('/users/:userId/profile', (context) => {
    const { profile } = context.read(z.object({ profile: jsonObject }))
    const user = userOf(context)
    context.state.users.update(user, { profile: { ...user.profile, ...profile } })
    context.emit('User.Data.Updated', { data: user.profile })
    return ok(user.profile)
  }),
  patch('/users/:userId/password', (context) => {
    const { password } = context.read(z.object({ password: z.string().min(1) }))
    return updated(context, userOf(context), newPassword(password))
  }),
  get('/users/:userId/has-password', (context) =>
    ok({ hasPassword: userOf(context).passwordDigest !== null }),
  ),
  // recordings/released/user-password-verify.json and -wrong.json
  post('/users/:userId/password/verify', async (context) => {
    const { password } = context.read(z.object({ password: z.string().min(1) }))
    if (await isStoredPassword(password, userOf(context))) return noContent()
    const message = 'Incorrect account or password. Please check your input.'
    throw new ManagementRefusal(422, 'session.invalid_credentials', message)
  }),
  patch('/users/:userId/is-suspended', (context) => {
    const { isSuspended } = context.read(z.object({ isSuspended: z.boolean() }))
    const user = userOf(context)
    const answer = updated(context, user, { isSuspended }, 'User.SuspensionStatus.Updated')
    // A second call ends what was won since the first one (recordings/released/suspended-twice-*.json).
    if (isSuspended) context.state.sessions.signOut(user.id)
    return answer
  }),
  put('/users/:userId/identities/:target', (context) => {
    const identity = context.read(z.object({ userId: z.string(), details: jsonObject.optional() }))
    const user = userOf(context)
    const identities = { ...user.identities, [context.param('target')]: identity }
    context.state.users.update(user, { identities })
    return created(identities)
  }),
  del('/users/:userId/identities/:target', (context) => {
    const user = userOf(context)
    const { [context.param('target')]: removed, ...identities } = user.identities
    orNotFound(removed)
    return ok(userInApi(context.state.users.update(user, { identities })))
  }),
  get('/users/:userId/roles', (context) =>
    paged(context, context.state.roles.pick(userOf(context).roleIds), roleInApi),
  ),
  post('/users/:userId/roles', (context) => {
    const user = userOf(context)
    const roleIds = userRoleIds(context)
    const addedRoleIds = roleIds.filter((id) => !user.roleIds.has(id))
    for (const id of addedRoleIds) user.roleIds.add(id)
    return created({ roleIds, addedRoleIds })
  }),
  put('/users/:userId/roles', (context) => {
    const user = userOf(context)
    const roleIds = userRoleIds(context)
    user.roleIds = new Set(roleIds)
    return ok({ roleIds })
  }),
  del('/users/:userId/roles/:roleId', (context) =>
    removeFrom(userOf(context).roleIds, context.param('roleId')),
  ),
]

function listUsers(context: RouteContext): RouteResult {
  const { query, state } = context
  const { users } = state
  const show = shownTo(context)
  if (!users.hasEqualTimes) return paged(context, searched(query, users.newestFirst(), SEARCH_FIELDS), show)
  const found = searched(query, users.asAdded(), SEARCH_FIELDS)
  const compare = (a: UserRecord, b: UserRecord) => users.compareNewestFirst(a, b)
  return pagedBy(context, found.length, (from, until) => sortedPage(found, from, until, compare).map(show))
}

/** How an answer shows users: with `includePasswordHash=true` their digests too (recordings/released/users-list-with-password-hash.json). */
function shownTo({ query }: RouteContext): (user: UserRecord) => unknown {
  if (query.get('includePasswordHash') !== 'true') return userInApi
  return (user) => {
    const { passwordDigest, passwordAlgorithm = null } = user
    return { ...userInApi(user), passwordDigest, passwordAlgorithm }
  }
}

/** Source: recordings/released/user-create-*.json. Digests are not looked at, except those of Legacy. */
function refusePassword({ password, passwordDigest, passwordAlgorithm }: z.infer<typeof newUser>): void {
  if (!passwordDigest) return
  if (password !== undefined) {
    const message = 'You cannot set both plain text password and password digest.'
    throw new ManagementRefusal(400, 'user.password_and_digest', message)
  }
  if (!passwordAlgorithm) {
    throw new ManagementRefusal(400, 'user.password_algorithm_required', 'Password algorithm is required.')
  }
  if (passwordAlgorithm === 'Legacy') refuseLegacyDigest(passwordDigest)
}

function refuseLegacyDigest(digest: string): void {
  try {
    parseLegacyDigest(digest)
  } catch (error) {
    if (!(error instanceof LegacyDigestError)) throw error
    if (error.hash === undefined) {
      const message = 'Invalid legacy password format.'
      throw new ManagementRefusal(400, 'password.invalid_legacy_password_format', message)
    }
    const message = `Unsupported legacy hash algorithm: ${error.hash}.`
    throw new ManagementRefusal(400, 'password.unsupported_legacy_hash_algorithm', message)
  }
}

const userOf = (context: RouteContext) => context.row(context.state.users, 'userId')

function updated(context: RouteContext, user: UserRecord, change: UserChange, event = 'User.Data.Updated') {
  const data = userInApi(context.state.users.update(user, change))
  context.emit(event, { data })
  return ok(data)
}

/** The roles that the body names, all of them for users (recordings/errors/assign-m2m-role-to-user.json). */
function userRoleIds(context: RouteContext): string[] {
  const roleIds = context.ids('roleIds', context.state.roles)
  if (context.state.roles.pick(roleIds).some(({ type }) => type !== 'User')) {
    const message = 'Invalid role type, can not assign machine-to-machine role to user.'
    throw new ManagementRefusal(422, 'user.invalid_role_type', message)
  }
  return roleIds
}

/** recordings/mgmt/user-create-duplicate-email.json */
const TAKEN = {
  username: ['user.username_already_in_use', 'This username is already in use.'],
  primaryEmail: ['user.email_already_in_use', 'This email is associated with an existing account.'],
  primaryPhone: ['user.phone_already_in_use', 'This phone number is associated with an existing account.'],
} as const

function refuseTaken(state: LogtoState, wanted: UserChange, self?: UserRecord): void {
  for (const field of ['username', 'primaryEmail', 'primaryPhone'] as const) {
    const value = wanted[field]
    const holder = value ? state.users.holding(field, value) : undefined
    const [code, message] = TAKEN[field]
    if (holder && holder !== self) throw new ManagementRefusal(422, code, message)
  }
}
