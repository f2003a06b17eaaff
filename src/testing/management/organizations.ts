import { z } from 'zod/v3'
import type { OrganizationRecord } from '../records/records.js'
import { userInApi } from '../state/users.js'
import { collectionRoutes } from './collection.js'
import { orNotFound } from './errors.js'
import { paged } from './pagination.js'
import {
  created,
  del,
  get,
  ids,
  noContent,
  post,
  put,
  type Route,
  type RouteContext,
  removeFrom,
} from './router.js'

const newOrganization = z.object({
  name: z.string().min(1).max(128),
  description: z.string().nullable().optional(),
  customData: z.record(z.unknown()).optional(),
})

/** `/organizations`: organizations, their members and their applications. */
export const organizationRoutes: readonly Route[] = [
  ...collectionRoutes({
    path: '/organizations',
    rows: (state) => state.organizations,
    newRow: newOrganization,
    change: newOrganization.partial(),
    event: 'Organization',
    show: organizationInApi,
    list: (context) => paged(context, [...context.state.organizations.values()].reverse(), organizationInApi),
  }),
  get('/organizations/:id/users', (context) => {
    const { users, organizationRoles } = context.state
    const rows = [...organizationOf(context).members].flatMap(([userId, roleIds]) => {
      const user = users.get(userId)
      const roles = organizationRoles.pick(roleIds).map(({ id, name }) => ({ id, name }))
      return user ? [{ ...userInApi(user), organizationRoles: roles }] : []
    })
    return paged(context, rows)
  }),
  post('/organizations/:id/users', (context) => {
    const userIds = context.ids('userIds', context.state.users)
    const { id, members } = organizationOf(context)
    membershipUpdated(context, id, { addedUserIds: addTo(members, userIds) })
    return created({ userIds })
  }),
  put('/organizations/:id/users', (context) => {
    const userIds = context.ids('userIds', context.state.users)
    const { id, members } = organizationOf(context)
    const removedUserIds = [...members.keys()].filter((userId) => !userIds.includes(userId))
    for (const userId of removedUserIds) members.delete(userId)
    membershipUpdated(context, id, { addedUserIds: addTo(members, userIds), removedUserIds })
    return noContent()
  }),
  del('/organizations/:id/users/:userId', (context) => {
    const { id, members } = organizationOf(context)
    const userId = context.param('userId')
    const result = removeFrom(members, userId)
    membershipUpdated(context, id, { removedUserIds: [userId] })
    return result
  }),
  post('/organizations/:id/users/roles', (context) => {
    const body = context.read(z.object({ userIds: ids, organizationRoleIds: ids }))
    for (const userId of body.userIds) assignRoles(context, userId, body.organizationRoleIds)
    return created()
  }),
  post('/organizations/:id/users/:userId/roles', (context) => {
    const { organizationRoleIds } = context.read(z.object({ organizationRoleIds: ids }))
    assignRoles(context, context.param('userId'), organizationRoleIds)
    return created({ organizationRoleIds })
  }),
  post('/organizations/:id/applications', (context) => {
    const applicationIds = context.ids('applicationIds', context.state.applications)
    const { id, applications } = organizationOf(context)
    membershipUpdated(context, id, { addedApplicationIds: addTo(applications, applicationIds) })
    return created({ applicationIds })
  }),
]

/** recordings/mgmt/org-create.json */
function organizationInApi({
  members: _m,
  applications: _a,
  createdAt,
  ...organization
}: OrganizationRecord) {
  return { ...organization, isMfaRequired: false, color: {}, branding: {}, customCss: null, createdAt }
}

const organizationOf = (context: RouteContext) => context.row(context.state.organizations)

// No event fires for a change of a member's roles (docs/facts.md, "Webhooks").
function assignRoles(context: RouteContext, userId: string, organizationRoleIds: readonly string[]): void {
  const roles = orNotFound(organizationOf(context).members.get(userId))
  for (const id of organizationRoleIds) roles.add(orNotFound(context.state.organizationRoles.get(id)).id)
}

/** Adds members without roles; returns those that are new. */
function addTo(members: Map<string, Set<string>>, ids: readonly string[]): string[] {
  const added = ids.filter((id) => !members.has(id))
  for (const id of added) members.set(id, new Set())
  return added
}

// Fires on a no-op too, then without any list (recordings/webhooks/0043-org-member-add-again).
function membershipUpdated(
  context: RouteContext,
  organizationId: string,
  changes: Record<string, string[]>,
): void {
  const lists = Object.fromEntries(Object.entries(changes).filter(([, list]) => list.length > 0))
  context.emit('Organization.Membership.Updated', { organizationId, ...lists })
}
