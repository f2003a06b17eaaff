import { z } from 'zod'
import { Anything, Resource } from '../logto-schemas.js'
import { keep, type PlanContext, type Step } from './plan.js'

const SUBJECT = 'API resource'

/** The API resource that tokens are issued for, with its scopes. Logto compares indicators byte for byte. */
export async function planApiResource({ logto, settings, name }: PlanContext): Promise<Step> {
  const { resource: indicator, scopes } = settings
  const resources = await logto.get('/resources?includeScopes=true', z.array(Resource))
  const found = resources.find((resource) => resource.indicator === indicator)
  const addScopes = async (id: string, missing: string[]) => {
    for (const scope of missing)
      await logto.write('POST', `/resources/${id}/scopes`, { name: scope }, Anything)
    return {}
  }
  if (!found) {
    const similar = resources.find((resource) => isSimilar(resource.indicator, indicator))
    return {
      subject: SUBJECT,
      name: indicator,
      action: 'create',
      details: [
        ...scopes.map((scope) => `scope ${scope}`),
        ...(similar ? [`beside ${similar.indicator}, which to Logto is another one`] : []),
      ],
      variables: [],
      values: {},
      apply: async () => {
        const { id } = await logto.write('POST', '/resources', { name: `${name} API`, indicator }, Resource)
        return addScopes(id, scopes)
      },
    }
  }

  const missing = scopes.filter((scope) => !found.scopes.some(({ name }) => name === scope))
  if (missing.length === 0) return keep(SUBJECT, indicator, {})
  return {
    subject: SUBJECT,
    name: indicator,
    action: 'change',
    details: missing.map((scope) => `scope ${scope}`),
    variables: [],
    values: {},
    apply: () => addScopes(found.id, missing),
  }
}

/** Whether two indicators differ only in what people overlook: a trailing slash, letter case, http or https. */
export function isSimilar(one: string, other: string): boolean {
  const normal = (indicator: string) =>
    indicator
      .toLowerCase()
      .replace(/^https:/, 'http:')
      .replace(/\/+$/, '')
  return one !== other && normal(one) === normal(other)
}
