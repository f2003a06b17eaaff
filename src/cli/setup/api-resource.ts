import { z } from 'zod'
import { Anything, Resource } from '../logto-schemas.js'
import { matchResource, missingFrom } from '../requirements.js'
import { actionOf, type PlanContext, type Step } from './plan.js'

/** Plans the API resource that tokens are issued for, with its scopes. */
export async function planApiResource({ logto, settings, name }: PlanContext): Promise<Step> {
  const { resource: indicator, scopes } = settings
  const resources = await logto.get('/resources?includeScopes=true', z.array(Resource))
  const { found, similar } = matchResource(resources, indicator)
  const known = found?.scopes.map(({ name }) => name)
  const missing = missingFrom(known, scopes)
  const details = [
    ...missing.map((scope) => `scope ${scope}`),
    ...(similar ? [`beside ${similar.indicator}, which to Logto is another one`] : []),
  ]
  return {
    subject: 'API resource',
    name: indicator,
    action: actionOf(found, details),
    details,
    values: {},
    apply: async () => {
      const body = { name: `${name} API`, indicator }
      const { id } = found ?? (await logto.write('POST', '/resources', body, Resource))
      for (const scope of missing)
        await logto.write('POST', `/resources/${encodeURIComponent(id)}/scopes`, { name: scope }, Anything)
      return {}
    },
  }
}
