import { z } from 'zod/v3'
import type { RoleRecord, ScopeRecord } from '../records/records.js'
import type { LogtoState } from '../state/state.js'
import { userInApi } from '../state/users.js'
import { collectionRoutes } from './collection.js'
import { ManagementRefusal, orNotFound } from './errors.js'
import { paged } from './pagination.js'
import { created, del, get, ids, ok, post, type Route, type RouteContext, removeFrom } from './router.js'
import { searched } from './search.js'

const newRole = z.object({
  name: z.string().min(1).max(128),
  description: z.string().min(1).max(128),
  type: z.enum(['User', 'MachineToMachine']).optional(),
  isDefault: z.boolean().optional(),
  scopeIds: ids.optional(),
})

/** `/roles`: roles, their scopes and their users. */
export const roleRoutes: readonly Route[] = [
  ...collectionRoutes({
    path: '/roles',
    rows: (state) => state.roles,
    newRow: newRole,
    change: newRole.pick({ name: true, description: true, isDefault: true }).partial(),
    event: 'Role',
    show: roleInApi,
    list: (context) => {
      const type = context.query.get('type')
      const roles = searched(context.query, [...context.state.roles.values()], ['id', 'name', 'description'])
        .filter((role) => type === null || role.type === type)
        .reverse()
      return paged(context, roles, (role) => roleInList(context.state, role))
    },
    create: (fields, context) => {
      refuseTakenName(context.state, fields.name)
      const scopes = scopesOf(context.state, fields.scopeIds ?? [])
      const role = context.state.roles.add(fields)
      // The scopes' event comes first, as recorded (recordings/webhooks/0022 and 0023). A machine role fired none.
      if (scopes.length > 0 && role.type === 'User') {
        context.emit('Role.Scopes.Updated', { roleId: role.id, data: scopes })
      }
      return role
    },
    answerCreated: (role) => ok(roleInApi(role)),
    update: (role, change, { state }) => {
      if (change.name !== undefined && change.name !== role.name) refuseTakenName(state, change.name)
      Object.assign(role, change)
    },
    detach: ({ id }, { state }) => {
      for (const user of state.users.newestFirst()) user.roleIds.delete(id)
      for (const application of state.applications.values()) application.roleIds.delete(id)
    },
  }),
  get('/roles/:id/scopes', (context) => paged(context, scopesOf(context.state, roleOf(context).scopeIds))),
  post('/roles/:id/scopes', (context) => {
    const added = context.ids('scopeIds', context.state.scopes)
    const { scopeIds } = roleOf(context)
    for (const id of added) scopeIds.add(id)
    const data = scopesOf(context.state, scopeIds)
    context.emit('Role.Scopes.Updated', { data })
    return created(data)
  }),
  del('/roles/:id/scopes/:scopeId', (context) => {
    const result = removeFrom(roleOf(context).scopeIds, context.param('scopeId'))
    context.emit('Role.Scopes.Updated')
    return result
  }),
  get('/roles/:id/users', (context) => paged(context, usersOf(context.state, roleOf(context)), userInApi)),
  post('/roles/:id/users', (context) => {
    const userIds = context.ids('userIds', context.state.users)
    const role = roleOf(context)
    for (const id of userIds) context.state.users.get(id)?.roleIds.add(role.id)
    return created()
  }),
]

/** A role without its scopes (recordings/mgmt/role-create.json). */
export function roleInApi({ scopeIds: _scopes, ...role }: RoleRecord): Omit<RoleRecord, 'scopeIds'> {
  return role
}

// The list alone counts who has the role (recordings/setup/lookup-roles-search.json).
function roleInList(state: LogtoState, role: RoleRecord): Record<string, unknown> {
  const users = usersOf(state, role)
  const applications = [...state.applications.values()].filter(({ roleIds }) => roleIds.has(role.id))
  return {
    ...roleInApi(role),
    usersCount: users.length,
    featuredUsers: users.slice(0, 3).map(({ id, avatar, name }) => ({ id, avatar, name })),
    applicationsCount: applications.length,
    featuredApplications: applications.slice(0, 3).map(({ id, name, type }) => ({ id, name, type })),
  }
}

const roleOf = (context: RouteContext) => context.row(context.state.roles)

const usersOf = (state: LogtoState, role: RoleRecord) =>
  state.users.newestFirst().filter((user) => user.roleIds.has(role.id))

const scopesOf = (state: LogtoState, scopeIds: Iterable<string>): ScopeRecord[] =>
  [...scopeIds].map((id) => orNotFound(state.scopes.get(id)))

/** recordings/mgmt/role-create-duplicate.json */
function refuseTakenName(state: LogtoState, name: string): void {
  if (state.roleByName(name)) {
    throw new ManagementRefusal(422, 'role.name_in_use', `This role name ${name} is already in use`)
  }
}
