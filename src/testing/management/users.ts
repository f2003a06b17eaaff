import { z } from 'zod/v3'
import { passwordDigest } from '../state/passwords.js'
import type { RoleRecord, UserRecord } from '../state/records.js'
import type { LogtoState } from '../state/state.js'
import { userInApi, userInEvent } from '../state/users.js'
import { ManagementRefusal, notFound } from './errors.js'
import { paged } from './pagination.js'
import { roleInApi } from './roles.js'
import { created, ids, noContent, ok, param, parseBody, type Route, type RouteContext } from './router.js'
import { searchPredicate } from './search.js'

const SEARCH_FIELDS = ['id', 'primaryEmail', 'primaryPhone', 'username', 'name']

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
})

const userChange = z.object({
  username: username.nullable().optional(),
  primaryEmail: email.nullable().optional(),
  primaryPhone: phone.nullable().optional(),
  name: z.string().nullable().optional(),
  avatar: z.string().nullable().optional(),
  customData: jsonObject.optional(),
  profile: jsonObject.optional(),
})

/** `/users`: create, read, search, update, suspend, delete, and the roles of a user. */
export const userRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/users',
    handle: (context) => {
      const matches = searchPredicate(context.query, SEARCH_FIELDS)
      const users = context.state.users.newestFirst()
      return paged(context, matches ? users.filter(matches) : users, userInApi)
    },
  },
  {
    method: 'POST',
    path: '/users',
    handle: (context) => {
      const body = parseBody(context, newUser)
      refuseTaken(context.state, body)
      const user = context.state.users.create(body, context.state.defaultRoleIds())
      context.emit('User.Created', { data: userInApi(user) })
      return ok(userInApi(user))
    },
  },
  { method: 'GET', path: '/users/:userId', handle: (context) => ok(userInApi(userOf(context))) },
  {
    method: 'PATCH',
    path: '/users/:userId',
    handle: (context) => {
      const change = parseBody(context, userChange)
      const user = userOf(context)
      if (Object.keys(change).length === 0) {
        throw new ManagementRefusal(
          422,
          'entity.invalid_input',
          'Invalid input. Value list must not be empty.',
        )
      }
      refuseTaken(context.state, change, user)
      return updated(context, user, change)
    },
  },
  {
    method: 'DELETE',
    path: '/users/:userId',
    handle: (context) => {
      const user = userOf(context)
      for (const organization of context.state.organizations.values()) organization.members.delete(user.id)
      context.state.users.delete(user.id)
      context.emit('User.Deleted', { data: userInEvent(user) })
      return noContent()
    },
  },
  { method: 'GET', path: '/users/:userId/custom-data', handle: (context) => ok(userOf(context).customData) },
  {
    method: 'PATCH',
    path: '/users/:userId/custom-data',
    handle: (context) => {
      const { customData } = parseBody(context, z.object({ customData: jsonObject }))
      const user = userOf(context)
      context.state.users.update(user, { customData: { ...user.customData, ...customData } })
      // The event carries the merged object alone, without any id (docs/facts.md, "Webhooks").
      context.emit('User.Data.Updated', { data: user.customData })
      return ok(user.customData)
    },
  },
  {
    method: 'PATCH',
    path: '/users/:userId/profile',
    handle: (context) => {
      const { profile } = parseBody(context, z.object({ profile: jsonObject }))
      const user = userOf(context)
      context.state.users.update(user, { profile: { ...user.profile, ...profile } })
      context.emit('User.Data.Updated', { data: user.profile })
      return ok(user.profile)
    },
  },
  {
    method: 'PATCH',
    path: '/users/:userId/password',
    handle: (context) => {
      const { password } = parseBody(context, z.object({ password: z.string().min(1) }))
      return updated(context, userOf(context), { passwordDigest: passwordDigest(password) })
    },
  },
  {
    method: 'PATCH',
    path: '/users/:userId/is-suspended',
    handle: (context) => {
      const { isSuspended } = parseBody(context, z.object({ isSuspended: z.boolean() }))
      const user = context.state.users.update(userOf(context), { isSuspended })
      context.emit('User.SuspensionStatus.Updated', { data: userInApi(user) })
      return ok(userInApi(user))
    },
  },
  {
    method: 'PUT',
    path: '/users/:userId/identities/:target',
    handle: (context) => {
      const identity = parseBody(context, z.object({ userId: z.string(), details: jsonObject.optional() }))
      const user = userOf(context)
      const identities = { ...user.identities, [param(context, 'target')]: identity }
      context.state.users.update(user, { identities })
      return created(user.identities)
    },
  },
  {
    method: 'DELETE',
    path: '/users/:userId/identities/:target',
    handle: (context) => {
      const user = userOf(context)
      const { [param(context, 'target')]: removed, ...identities } = user.identities
      if (removed === undefined) throw notFound()
      return ok(userInApi(context.state.users.update(user, { identities })))
    },
  },
  {
    method: 'GET',
    path: '/users/:userId/roles',
    handle: (context) => {
      const { roles } = context.state
      const held = [...userOf(context).roleIds].flatMap((id) => roles.get(id) ?? [])
      return paged(context, held, roleInApi)
    },
  },
  {
    method: 'POST',
    path: '/users/:userId/roles',
    handle: (context) => {
      const { roleIds } = parseBody(context, z.object({ roleIds: ids }))
      const user = userOf(context)
      userRolesOf(context, roleIds)
      const addedRoleIds = roleIds.filter((id) => !user.roleIds.has(id))
      for (const id of addedRoleIds) user.roleIds.add(id)
      return created({ roleIds, addedRoleIds })
    },
  },
  {
    method: 'PUT',
    path: '/users/:userId/roles',
    handle: (context) => {
      const { roleIds } = parseBody(context, z.object({ roleIds: ids }))
      const user = userOf(context)
      userRolesOf(context, roleIds)
      user.roleIds = new Set(roleIds)
      return ok({ roleIds })
    },
  },
  {
    method: 'DELETE',
    path: '/users/:userId/roles/:roleId',
    handle: (context) => {
      if (!userOf(context).roleIds.delete(param(context, 'roleId'))) throw notFound()
      return noContent()
    },
  },
]

function userOf(context: RouteContext): UserRecord {
  const user = context.state.users.get(param(context, 'userId'))
  if (!user) throw notFound()
  return user
}

function updated(
  context: RouteContext,
  user: UserRecord,
  change: Parameters<LogtoState['users']['update']>[1],
) {
  const data = userInApi(context.state.users.update(user, change))
  context.emit('User.Data.Updated', { data })
  return ok(data)
}

/** recordings/errors/assign-m2m-role-to-user.json */
function userRolesOf(context: RouteContext, roleIds: readonly string[]): RoleRecord[] {
  return roleIds.map((id) => {
    const role = context.state.roles.get(id)
    if (!role) throw notFound()
    if (role.type !== 'User') {
      const message = 'Invalid role type, can not assign machine-to-machine role to user.'
      throw new ManagementRefusal(422, 'user.invalid_role_type', message)
    }
    return role
  })
}

/** recordings/mgmt/user-create-duplicate-email.json */
function refuseTaken(
  state: LogtoState,
  wanted: {
    username?: string | null | undefined
    primaryEmail?: string | null | undefined
    primaryPhone?: string | null | undefined
  },
  self?: UserRecord,
): void {
  const refuse = (field: 'username' | 'primaryEmail' | 'primaryPhone', code: string, noun: string): void => {
    const value = wanted[field]
    const holder = value ? state.users.holding(field, value) : undefined
    if (holder && holder !== self) {
      throw new ManagementRefusal(422, code, noun)
    }
  }
  refuse('username', 'user.username_already_in_use', 'This username is already in use.')
  refuse('primaryEmail', 'user.email_already_in_use', 'This email is associated with an existing account.')
  refuse(
    'primaryPhone',
    'user.phone_already_in_use',
    'This phone number is associated with an existing account.',
  )
}
