import { z } from 'zod'
import { CliError } from '../cli-error.js'
import type { LogtoConnection } from '../logto-connection.js'
import { Anything, Application, MANAGEMENT_ROLE, Role } from '../logto-schemas.js'
import { ensureSecret, findSecret } from './application-secret.js'
import { type EnvValues, keep, type PlanContext, type Step } from './plan.js'

const SUBJECT = 'M2M application'
const ID = 'LOGTO_M2M_APP_ID'
const SECRET = 'LOGTO_M2M_APP_SECRET'

/** The confidential client of the backend, with the role that lets it read users, and a secret that has not expired. */
export async function planMachineApplication(context: PlanContext): Promise<Step> {
  const { logto } = context
  const name = `${context.name} (API)`
  const [found, role] = await Promise.all([findMachineApplication(context, name), findManagementRole(logto)])
  const shared = { subject: SUBJECT, variables: [ID, SECRET] }
  if (!found) {
    return {
      ...shared,
      name,
      action: 'create',
      details: [`role "${MANAGEMENT_ROLE}"`],
      values: {},
      apply: async () => {
        const body = { name, type: 'MachineToMachine' }
        const { id } = await logto.write('POST', '/applications', body, Application)
        await assignRole(logto, id, role)
        return { [ID]: id, [SECRET]: await ensureSecret(context, id, SECRET) }
      },
    }
  }

  const path = `/applications/${found.id}`
  const roles = await logto.list(`${path}/roles`, z.array(Role))
  const hasRole = roles.some(({ id }) => id === role.id)
  const secret = await findSecret(context, found.id, SECRET)
  const values: EnvValues = { [ID]: found.id, ...(secret !== undefined && { [SECRET]: secret }) }
  if (hasRole && secret !== undefined) return keep(SUBJECT, found.name, values)
  return {
    ...shared,
    name: found.name,
    action: 'change',
    details: [
      ...(hasRole ? [] : [`role "${MANAGEMENT_ROLE}"`]),
      ...(secret === undefined ? ['a new secret'] : []),
    ],
    values,
    apply: async () => {
      if (!hasRole) await assignRole(logto, found.id, role)
      return { ...values, [SECRET]: secret ?? (await ensureSecret(context, found.id, SECRET)) }
    },
  }
}

/** The one that `.env` or the environment names, or else the one with our name. */
async function findMachineApplication(
  { logto, settings }: PlanContext,
  name: string,
): Promise<Application | undefined> {
  for (const id of new Set([settings.envFile.get(ID), settings.variable(ID)])) {
    const known = id && (await logto.find(`/applications/${encodeURIComponent(id)}`, Application))
    if (known && known.type === 'MachineToMachine') return known
  }
  const applications = await logto.get('/applications?types=MachineToMachine', z.array(Application))
  return applications.find(
    (application) => application.name === name && application.type === 'MachineToMachine',
  )
}

async function findManagementRole(logto: LogtoConnection): Promise<Role> {
  const roles = await logto.list('/roles?type=MachineToMachine', z.array(Role))
  const role = roles.find(({ name }) => name === MANAGEMENT_ROLE)
  if (role) return role
  throw new CliError('role_unknown', `This Logto has no machine-to-machine role "${MANAGEMENT_ROLE}".`, {
    remedy:
      'Make it: console, Roles, Create role, Machine-to-machine, with the permission "all" of the Management API.',
  })
}

async function assignRole(logto: LogtoConnection, id: string, role: Role): Promise<void> {
  await logto.write('POST', `/applications/${id}/roles`, { roleIds: [role.id] }, Anything)
}
