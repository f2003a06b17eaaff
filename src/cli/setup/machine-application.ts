import { z } from 'zod'
import { CliError } from '../cli-error.js'
import type { LogtoConnection } from '../logto-connection.js'
import { Anything, Role } from '../logto-schemas.js'
import { MANAGEMENT_ROLE } from '../requirements.js'
import { M2M_APP_ID, M2M_APP_SECRET } from '../variables.js'
import { ensureSecret, findApplication, findSecret, saveApplication } from './application.js'
import { actionOf, type PlanContext, type Step } from './plan.js'

/** Plans the confidential client of the backend, with the role that lets it read users, and a secret that has not expired. */
export async function planMachineApplication(context: PlanContext): Promise<Step> {
  const { logto, settings } = context
  const identity = { name: `${context.name} (API)`, type: 'MachineToMachine' } as const
  const ids = [settings.envFile.get(M2M_APP_ID), settings.variable(M2M_APP_ID)]
  const [found, role] = await Promise.all([
    findApplication(context, identity, ids),
    findManagementRole(logto),
  ])
  const roles = found
    ? await logto.list(`/applications/${encodeURIComponent(found.id)}/roles`, z.array(Role))
    : []
  const hasRole = roles.some(({ id }) => id === role.id)
  const secret = found && (await findSecret(context, found.id, M2M_APP_SECRET))
  const details = [
    ...(hasRole ? [] : [`role "${MANAGEMENT_ROLE}"`]),
    ...(found && secret === undefined ? ['a new secret'] : []),
  ]
  return {
    subject: 'M2M application',
    name: found?.name ?? identity.name,
    action: actionOf(found, details),
    details,
    values: { [M2M_APP_ID]: found?.id, [M2M_APP_SECRET]: secret },
    apply: async () => {
      const { id } = found ?? (await saveApplication(logto, undefined, identity, {}))
      const body = { roleIds: [role.id] }
      if (!hasRole) await logto.write('POST', `/applications/${encodeURIComponent(id)}/roles`, body, Anything)
      return {
        [M2M_APP_ID]: id,
        [M2M_APP_SECRET]: secret ?? (await ensureSecret(context, id, M2M_APP_SECRET)),
      }
    },
  }
}

async function findManagementRole(logto: LogtoConnection): Promise<Role> {
  const roles = await logto.list('/roles?type=MachineToMachine', z.array(Role))
  const role = roles.find(({ name }) => name === MANAGEMENT_ROLE)
  if (role) return role
  throw new CliError('role_unknown', `This Logto has no machine-to-machine role "${MANAGEMENT_ROLE}".`, {
    remedy:
      'Create it: console, Roles, Create role, Machine-to-machine, with the permission "all" of the Management API.',
  })
}
