import { z } from 'zod/v3'
import { shortId } from '../state/identifiers.js'
import type { OrganizationRecord } from '../state/records.js'
import { TENANT_ID } from '../state/state.js'
import { userInApi } from '../state/users.js'
import { notFound } from './errors.js'
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

const newOrganization = z.object({
  name: z.string().min(1).max(128),
  description: z.string().nullable().optional(),
  customData: z.record(z.unknown()).optional(),
})

/** `/organizations`: organizations, their members and their applications. */
export const organizationRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/organizations',
    handle: (context) =>
      paged(context, [...context.state.organizations.values()].reverse(), organizationInApi),
  },
  {
    method: 'POST',
    path: '/organizations',
    handle: (context) => {
      const { name, description = null, customData = {} } = parseBody(context, newOrganization)
      const organization: OrganizationRecord = {
        tenantId: TENANT_ID,
        id: shortId(),
        name,
        description,
        customData,
        createdAt: context.state.now(),
        members: new Map(),
        applications: new Map(),
      }
      context.state.organizations.set(organization.id, organization)
      context.emit('Organization.Created', { data: organizationInApi(organization) })
      return created(organizationInApi(organization))
    },
  },
  {
    method: 'GET',
    path: '/organizations/:id',
    handle: (context) => ok(organizationInApi(organizationOf(context))),
  },
  {
    method: 'PATCH',
    path: '/organizations/:id',
    handle: (context) => {
      const change = parseBody(context, newOrganization.partial())
      const organization = Object.assign(organizationOf(context), change)
      context.emit('Organization.Data.Updated', { data: organizationInApi(organization) })
      return ok(organizationInApi(organization))
    },
  },
  {
    method: 'DELETE',
    path: '/organizations/:id',
    handle: (context) => {
      context.state.organizations.delete(organizationOf(context).id)
      context.emit('Organization.Deleted')
      return noContent()
    },
  },
  {
    method: 'GET',
    path: '/organizations/:id/users',
    handle: (context) => {
      const { members } = organizationOf(context)
      const { users, organizationRoles } = context.state
      const rows = [...members].flatMap(([userId, roleIds]) => {
        const user = users.get(userId)
        const roles = [...roleIds].flatMap((id) => organizationRoles.get(id) ?? [])
        return user
          ? [{ ...userInApi(user), organizationRoles: roles.map(({ id, name }) => ({ id, name })) }]
          : []
      })
      return paged(context, rows)
    },
  },
  {
    method: 'POST',
    path: '/organizations/:id/users',
    handle: (context) => {
      const { userIds } = parseBody(context, z.object({ userIds: ids }))
      const { id, members } = organizationOf(context)
      for (const userId of userIds) if (!context.state.users.get(userId)) throw notFound()
      const added = userIds.filter((userId) => !members.has(userId))
      for (const userId of added) members.set(userId, new Set())
      membershipUpdated(context, id, { addedUserIds: added })
      return created({ userIds })
    },
  },
  {
    method: 'PUT',
    path: '/organizations/:id/users',
    handle: (context) => {
      const { userIds } = parseBody(context, z.object({ userIds: ids }))
      const { id, members } = organizationOf(context)
      for (const userId of userIds) if (!context.state.users.get(userId)) throw notFound()
      const added = userIds.filter((userId) => !members.has(userId))
      const removed = [...members.keys()].filter((userId) => !userIds.includes(userId))
      for (const userId of added) members.set(userId, new Set())
      for (const userId of removed) members.delete(userId)
      membershipUpdated(context, id, { addedUserIds: added, removedUserIds: removed })
      return noContent()
    },
  },
  {
    method: 'DELETE',
    path: '/organizations/:id/users/:userId',
    handle: (context) => {
      const { id, members } = organizationOf(context)
      const userId = param(context, 'userId')
      if (!members.delete(userId)) throw notFound()
      membershipUpdated(context, id, { removedUserIds: [userId] })
      return noContent()
    },
  },
  {
    method: 'POST',
    path: '/organizations/:id/users/roles',
    handle: (context) => {
      const body = parseBody(context, z.object({ userIds: ids, organizationRoleIds: ids }))
      for (const userId of body.userIds) assignRoles(context, userId, body.organizationRoleIds)
      return createdText()
    },
  },
  {
    method: 'POST',
    path: '/organizations/:id/users/:userId/roles',
    handle: (context) => {
      const { organizationRoleIds } = parseBody(context, z.object({ organizationRoleIds: ids }))
      assignRoles(context, param(context, 'userId'), organizationRoleIds)
      return created({ organizationRoleIds })
    },
  },
  {
    method: 'POST',
    path: '/organizations/:id/applications',
    handle: (context) => {
      const { applicationIds } = parseBody(context, z.object({ applicationIds: ids }))
      const { id, applications } = organizationOf(context)
      for (const applicationId of applicationIds) {
        if (!context.state.applications.has(applicationId)) throw notFound()
      }
      const added = applicationIds.filter((applicationId) => !applications.has(applicationId))
      for (const applicationId of added) applications.set(applicationId, new Set())
      membershipUpdated(context, id, { addedApplicationIds: added })
      return created({ applicationIds })
    },
  },
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

function organizationOf(context: RouteContext): OrganizationRecord {
  const organization = context.state.organizations.get(param(context, 'id'))
  if (!organization) throw notFound()
  return organization
}

// No event fires for a change of a member's roles (docs/facts.md, "Webhooks").
function assignRoles(context: RouteContext, userId: string, organizationRoleIds: readonly string[]): void {
  const roles = organizationOf(context).members.get(userId)
  if (!roles) throw notFound()
  for (const id of organizationRoleIds) {
    if (!context.state.organizationRoles.has(id)) throw notFound()
    roles.add(id)
  }
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
