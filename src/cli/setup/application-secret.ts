import { z } from 'zod'
import { Secret } from '../logto-schemas.js'
import type { PlanContext } from './plan.js'

/**
 * A secret of an application that has not expired: the one that we have already, if Logto still takes it, or else any.
 *
 * @param variable - under which we keep it.
 */
export async function findSecret(
  { logto, settings, now }: PlanContext,
  id: string,
  variable: string,
): Promise<string | undefined> {
  const secrets = await logto.get(`/applications/${id}/secrets`, z.array(Secret))
  const valid = secrets.filter(({ expiresAt }) => !expiresAt || expiresAt > now).map(({ value }) => value)
  const ours = [settings.envFile.get(variable), settings.variable(variable)]
  return valid.find((value) => ours.includes(value)) ?? valid[0]
}

/** As `findSecret`, and makes one when there is none. */
export async function ensureSecret(context: PlanContext, id: string, variable: string): Promise<string> {
  const existing = await findSecret(context, id, variable)
  if (existing !== undefined) return existing
  const body = { name: `interaqt-logto ${new Date(context.now).toISOString()}` }
  return (await context.logto.write('POST', `/applications/${id}/secrets`, body, Secret)).value
}
