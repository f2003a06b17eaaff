import { z } from 'zod/v3'
import { longId } from '../state/identifiers.js'
import type { RoleRecord, ScopeRecord } from '../state/records.js'
import { type LogtoState, TENANT_ID } from '../state/state.js'
import { userInApi } from '../state/users.js'
import { ManagementRefusal, notFound } from './errors.js'
import { paged } from './pagination.js'
import {
  created,
  createdText,
  ids,
  noContent,
  ok,
  param,
  parseBody,
  type Route,
  type RouteContext,
} from './router.js'
import { searchPredicate } from './search.js'

const roleType = z.enum(['User', 'MachineToMachine'])
const newRole = z.object({
  name: z.string().min(1).max(128),
  description: z.string().min(1).max(128),
  type: roleType.optional(),
  isDefault: z.boolean().optional(),
  scopeIds: ids.optional(),
})
const roleChange = newRole.pick({ name: true, description: true, isDefault: true }).partial()

/** `/roles`: roles, their scopes and their users. */
export const roleRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/roles',
    handle: (context) => {
      const matches = searchPredicate(context.query, ['id', 'name', 'description'])
      const type = context.query.get('type')
      const roles = [...context.state.roles.values()]
        .filter((role) => (type === null || role.type === type) && (!matches || matches({ ...role })))
        .reverse()
      return paged(context, roles, (role) => roleInList(context.state, role))
    },
  },
  {
    method: 'POST',
    path: '/roles',
    handle: (context) => {
      const { scopeIds = [], ...body } = parseBody(context, newRole)
      refuseTakenName(context.state, body.name)
      const scopes = scopesOf(context.state, scopeIds)
      const role: RoleRecord = {
        tenantId: TENANT_ID,
        id: longId(),
        name: body.name,
        description: body.description,
        type: body.type ?? 'User',
        isDefault: body.isDefault ?? false,
        scopeIds: new Set(scopeIds),
      }
      context.state.roles.set(role.id, role)
      // The scopes' event comes first, as recorded (recordings/webhooks/0022 and 0023). A machine role fired none.
      if (scopes.length > 0 && role.type === 'User') {
        context.emit('Role.Scopes.Updated', { roleId: role.id, data: scopes })
      }
      context.emit('Role.Created', { data: roleInApi(role) })
      return ok(roleInApi(role))
    },
  },
  { method: 'GET', path: '/roles/:id', handle: (context) => ok(roleInApi(roleOf(context))) },
  {
    method: 'PATCH',
    path: '/roles/:id',
    handle: (context) => {
      const change = parseBody(context, roleChange)
      const role = roleOf(context)
      if (change.name !== undefined && change.name !== role.name) refuseTakenName(context.state, change.name)
      Object.assign(role, change)
      context.emit('Role.Data.Updated', { data: roleInApi(role) })
      return ok(roleInApi(role))
    },
  },
  {
    method: 'DELETE',
    path: '/roles/:id',
    handle: (context) => {
      const role = roleOf(context)
      const { users, applications, roles } = context.state
      for (const user of users.newestFirst()) user.roleIds.delete(role.id)
      for (const application of applications.values()) application.roleIds.delete(role.id)
      roles.delete(role.id)
      context.emit('Role.Deleted')
      return noContent()
    },
  },
  {
    method: 'GET',
    path: '/roles/:id/scopes',
    handle: (context) => paged(context, scopesOf(context.state, roleOf(context).scopeIds)),
  },
  {
    method: 'POST',
    path: '/roles/:id/scopes',
    handle: (context) => {
      const { scopeIds } = parseBody(context, z.object({ scopeIds: ids }))
      const role = roleOf(context)
      scopesOf(context.state, scopeIds)
      for (const id of scopeIds) role.scopeIds.add(id)
      const data = scopesOf(context.state, role.scopeIds)
      context.emit('Role.Scopes.Updated', { data })
      return created(data)
    },
  },
  {
    method: 'DELETE',
    path: '/roles/:id/scopes/:scopeId',
    handle: (context) => {
      if (!roleOf(context).scopeIds.delete(param(context, 'scopeId'))) throw notFound()
      context.emit('Role.Scopes.Updated')
      return noContent()
    },
  },
  {
    method: 'GET',
    path: '/roles/:id/users',
    handle: (context) => {
      const role = roleOf(context)
      const users = context.state.users.newestFirst().filter((user) => user.roleIds.has(role.id))
      return paged(context, users, userInApi)
    },
  },
  {
    method: 'POST',
    path: '/roles/:id/users',
    handle: (context) => {
      const { userIds } = parseBody(context, z.object({ userIds: ids }))
      const role = roleOf(context)
      const users = userIds.map((id) => context.state.users.get(id))
      for (const user of users) if (!user) throw notFound()
      for (const user of users) user?.roleIds.add(role.id)
      return createdText()
    },
  },
]

/** A role without its scopes (recordings/mgmt/role-create.json). */
export function roleInApi({ scopeIds: _scopes, ...role }: RoleRecord): Omit<RoleRecord, 'scopeIds'> {
  return role
}

// The list alone counts who has the role (recordings/setup/lookup-roles-search.json).
function roleInList(state: LogtoState, role: RoleRecord): Record<string, unknown> {
  const users = state.users.newestFirst().filter((user) => user.roleIds.has(role.id))
  const applications = [...state.applications.values()].filter((application) =>
    application.roleIds.has(role.id),
  )
  return {
    ...roleInApi(role),
    usersCount: users.length,
    featuredUsers: users.slice(0, 3).map(({ id, avatar, name }) => ({ id, avatar, name })),
    applicationsCount: applications.length,
    featuredApplications: applications.slice(0, 3).map(({ id, name, type }) => ({ id, name, type })),
  }
}

function roleOf(context: RouteContext): RoleRecord {
  const role = context.state.roles.get(param(context, 'id'))
  if (!role) throw notFound()
  return role
}

function scopesOf(state: LogtoState, scopeIds: Iterable<string>): ScopeRecord[] {
  return [...scopeIds].map((id) => {
    const scope = state.scopes.get(id)
    if (!scope) throw notFound()
    return scope
  })
}

/** recordings/mgmt/role-create-duplicate.json */
function refuseTakenName(state: LogtoState, name: string): void {
  if (state.roleByName(name)) {
    throw new ManagementRefusal(422, 'role.name_in_use', `This role name ${name} is already in use`)
  }
}
