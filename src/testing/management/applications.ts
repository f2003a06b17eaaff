import { z } from 'zod/v3'
import { newSecret } from '../records/new-records.js'
import type { ApplicationRecord } from '../records/records.js'
import { collectionRoutes } from './collection.js'
import { expiresInThePast, ManagementRefusal, notFound } from './errors.js'
import { paged, pagedOnDemand } from './pagination.js'
import { roleInApi } from './roles.js'
import {
  created,
  del,
  get,
  noContent,
  ok,
  post,
  type Route,
  type RouteContext,
  removeFrom,
} from './router.js'
import { searched } from './search.js'

// Logto accepts whatever a URL parser accepts, javascript: included (recordings/cors/redirect-and-origin-validation.json).
const redirectUri = z.string().refine((value) => URL.canParse(value))
// Metadata that is there names both lists, as in recordings/released/applications-post-only-redirectUris.json. An
// application without any has two empty ones (applications-post-no-metadata.json).
const oidcClientMetadata = z.object({
  redirectUris: redirectUri.array(),
  postLogoutRedirectUris: redirectUri.array(),
  backchannelLogoutUri: z.string().url().optional(),
  backchannelLogoutSessionRequired: z.boolean().optional(),
})
const customClientMetadata = z.object({ corsAllowedOrigins: z.string().array().optional() }).passthrough()

const newApplication = z.object({
  isThirdParty: z.boolean().optional(),
  name: z.string().min(1).max(256),
  type: z.enum(['SPA', 'MachineToMachine', 'Traditional', 'Native']),
  description: z.string().nullable().optional(),
  oidcClientMetadata: oidcClientMetadata.optional(),
  customClientMetadata: customClientMetadata.optional(),
  customData: z.record(z.unknown()).optional(),
})
const secret = z.object({ name: z.string().min(1), expiresAt: z.number().nullable().optional() })

/** `/applications`: applications, their secrets and the roles of machines. */
export const applicationRoutes: readonly Route[] = [
  ...collectionRoutes({
    path: '/applications',
    rows: (state) => state.applications,
    newRow: newApplication,
    // What a change of one list alone does is not recorded; here it leaves the other one as it is.
    change: newApplication
      .omit({ type: true })
      .extend({ oidcClientMetadata: oidcClientMetadata.partial().optional() })
      .partial(),
    show: applicationInApi,
    list: (context) => {
      const { query, state } = context
      const types = query.getAll('types').flatMap((types) => types.split(','))
      const applications = searched(query, [...state.applications.values()], ['id', 'name', 'description'])
        .filter(({ type }) => types.length === 0 || types.includes(type))
        .reverse()
      return pagedOnDemand(context, applications, applicationInApi)
    },
    create: (fields, { state }) => {
      if (fields.isThirdParty && fields.customClientMetadata?.allowTokenExchange) throw thirdPartyExchange()
      return state.applications.add(fields)
    },
    answerCreated: (application) => ok(applicationInApi(application)),
    update: (application, { oidcClientMetadata, ...change }) => {
      Object.assign(application, change)
      Object.assign(application.oidcClientMetadata, oidcClientMetadata)
    },
  }),
  get('/applications/:id/secrets', (context) => ok(applicationOf(context).secrets)),
  post('/applications/:id/secrets', (context) => {
    const fields = context.read(secret)
    const { id, secrets } = applicationOf(context)
    const now = context.state.now()
    if (typeof fields.expiresAt === 'number' && fields.expiresAt <= now) throw expiresInThePast()
    const added = newSecret(id, fields, now)
    secrets.push(added)
    return created(added)
  }),
  del('/applications/:id/secrets/:name', (context) => {
    const { secrets } = applicationOf(context)
    const index = secrets.findIndex(({ name }) => name === context.param('name'))
    if (index < 0) throw notFound()
    secrets.splice(index, 1)
    return noContent()
  }),
  get('/applications/:id/roles', (context) =>
    paged(context, context.state.roles.pick(machineOf(context).roleIds), roleInApi),
  ),
  post('/applications/:id/roles', (context) => {
    const roleIds = context.ids('roleIds', context.state.roles)
    const machine = machineOf(context)
    const addedRoleIds = roleIds.filter((id) => !machine.roleIds.has(id))
    for (const id of addedRoleIds) machine.roleIds.add(id)
    return created({ roleIds, addedRoleIds })
  }),
  del('/applications/:id/roles/:roleId', (context) =>
    removeFrom(machineOf(context).roleIds, context.param('roleId')),
  ),
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

/** recordings/released/application-third-party-with-token-exchange.json */
function thirdPartyExchange(): ManagementRefusal {
  const code = 'application.third_party_application_cannot_enable_token_exchange'
  const message = 'Third-party applications are not allowed to enable token exchange.'
  return new ManagementRefusal(422, code, message)
}

const applicationOf = (context: RouteContext) => context.row(context.state.applications)

/** recordings/errors/assign-m2m-role-to-spa.json */
function machineOf(context: RouteContext): ApplicationRecord {
  const application = applicationOf(context)
  if (application.type !== 'MachineToMachine') {
    const message = 'Only machine to machine applications can have associated roles.'
    throw new ManagementRefusal(422, 'application.invalid_type', message)
  }
  return application
}
