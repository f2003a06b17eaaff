import { z } from 'zod/v3'
import { addDefaultSecret } from '../seed/seed.js'
import { longId, secretValue } from '../state/identifiers.js'
import type { ApplicationRecord, ApplicationSecret } from '../state/records.js'
import { TENANT_ID } from '../state/state.js'
import { ManagementRefusal, notFound } from './errors.js'
import { paged, pagedOnDemand } from './pagination.js'
import { roleInApi } from './roles.js'
import { created, ids, noContent, ok, param, parseBody, type Route, type RouteContext } from './router.js'
import { searchPredicate } from './search.js'

// Logto accepts whatever a URL parser accepts, javascript: included (recordings/cors/redirect-and-origin-validation.json).
const redirectUri = z.string().refine((value) => URL.canParse(value))
const oidcClientMetadata = z
  .object({
    redirectUris: redirectUri.array(),
    postLogoutRedirectUris: redirectUri.array(),
    backchannelLogoutUri: z.string().url(),
    backchannelLogoutSessionRequired: z.boolean(),
  })
  .partial()
const customClientMetadata = z.object({ corsAllowedOrigins: z.string().array().optional() }).passthrough()

const newApplication = z.object({
  name: z.string().min(1).max(256),
  type: z.enum(['SPA', 'MachineToMachine', 'Traditional', 'Native']),
  description: z.string().nullable().optional(),
  oidcClientMetadata: oidcClientMetadata.optional(),
  customClientMetadata: customClientMetadata.optional(),
  customData: z.record(z.unknown()).optional(),
})
const applicationChange = newApplication.omit({ type: true }).partial()

/** `/applications`: applications, their secrets and the roles of machines. */
export const applicationRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/applications',
    handle: (context) => {
      const matches = searchPredicate(context.query, ['id', 'name', 'description'])
      const types = context.query.getAll('types').flatMap((types) => types.split(','))
      const applications = [...context.state.applications.values()]
        .filter(({ type }) => types.length === 0 || types.includes(type))
        .filter((application) => !matches || matches({ ...application }))
        .reverse()
      return pagedOnDemand(context, applications, applicationInApi)
    },
  },
  {
    method: 'POST',
    path: '/applications',
    handle: (context) => {
      const body = parseBody(context, newApplication)
      const application: ApplicationRecord = {
        tenantId: TENANT_ID,
        id: longId(),
        name: body.name,
        description: body.description ?? null,
        type: body.type,
        oidcClientMetadata: {
          ...body.oidcClientMetadata,
          redirectUris: body.oidcClientMetadata?.redirectUris ?? [],
          postLogoutRedirectUris: body.oidcClientMetadata?.postLogoutRedirectUris ?? [],
        },
        customClientMetadata: body.customClientMetadata ?? {},
        customData: body.customData ?? {},
        createdAt: context.state.now(),
        secrets: [],
        roleIds: new Set(),
      }
      addDefaultSecret(context.state, application)
      context.state.applications.set(application.id, application)
      return ok(applicationInApi(application))
    },
  },
  {
    method: 'GET',
    path: '/applications/:id',
    handle: (context) => ok(applicationInApi(applicationOf(context))),
  },
  {
    method: 'PATCH',
    path: '/applications/:id',
    handle: (context) => {
      const { oidcClientMetadata, ...change } = parseBody(context, applicationChange)
      const application = applicationOf(context)
      Object.assign(application, change)
      Object.assign(application.oidcClientMetadata, oidcClientMetadata)
      return ok(applicationInApi(application))
    },
  },
  {
    method: 'DELETE',
    path: '/applications/:id',
    handle: (context) => {
      context.state.applications.delete(applicationOf(context).id)
      return noContent()
    },
  },
  {
    method: 'GET',
    path: '/applications/:id/secrets',
    handle: (context) => ok(applicationOf(context).secrets),
  },
  {
    method: 'POST',
    path: '/applications/:id/secrets',
    handle: (context) => {
      const body = parseBody(
        context,
        z.object({ name: z.string().min(1), expiresAt: z.number().nullable().optional() }),
      )
      const application = applicationOf(context)
      const secret: ApplicationSecret = {
        tenantId: TENANT_ID,
        applicationId: application.id,
        name: body.name,
        value: secretValue(),
        createdAt: context.state.now(),
        expiresAt: body.expiresAt ?? null,
      }
      application.secrets.push(secret)
      return created(secret)
    },
  },
  {
    method: 'DELETE',
    path: '/applications/:id/secrets/:name',
    handle: (context) => {
      const application = applicationOf(context)
      const index = application.secrets.findIndex(({ name }) => name === param(context, 'name'))
      if (index < 0) throw notFound()
      application.secrets.splice(index, 1)
      return noContent()
    },
  },
  {
    method: 'GET',
    path: '/applications/:id/roles',
    handle: (context) => {
      const { roles } = context.state
      const held = [...machineOf(context).roleIds].flatMap((id) => roles.get(id) ?? [])
      return paged(context, held, roleInApi)
    },
  },
  {
    method: 'POST',
    path: '/applications/:id/roles',
    handle: (context) => {
      const { roleIds } = parseBody(context, z.object({ roleIds: ids }))
      const application = machineOf(context)
      for (const id of roleIds) if (!context.state.roles.has(id)) throw notFound()
      const addedRoleIds = roleIds.filter((id) => !application.roleIds.has(id))
      for (const id of addedRoleIds) application.roleIds.add(id)
      return created({ roleIds, addedRoleIds })
    },
  },
  {
    method: 'DELETE',
    path: '/applications/:id/roles/:roleId',
    handle: (context) => {
      if (!machineOf(context).roleIds.delete(param(context, 'roleId'))) throw notFound()
      return noContent()
    },
  },
]

/** An application as the API shows it: no secret in it (recordings/setup/03-create-m2m.json). */
function applicationInApi({
  secrets: _secrets,
  roleIds: _roles,
  createdAt,
  ...application
}: ApplicationRecord) {
  return {
    ...application,
    protectedAppMetadata: null,
    isThirdParty: false,
    appLevelAccessControlEnabled: false,
    createdAt,
  }
}

function applicationOf(context: RouteContext): ApplicationRecord {
  const application = context.state.applications.get(param(context, 'id'))
  if (!application) throw notFound()
  return application
}

/** recordings/errors/assign-m2m-role-to-spa.json */
function machineOf(context: RouteContext): ApplicationRecord {
  const application = applicationOf(context)
  if (application.type !== 'MachineToMachine') {
    const message = 'Only machine to machine applications can have associated roles.'
    throw new ManagementRefusal(422, 'application.invalid_type', message)
  }
  return application
}
