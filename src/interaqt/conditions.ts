import { checkOptions } from '../logto/check-options.js'
import { defined, type OptionRule, STRINGS } from '../logto/option-rules.js'
import type { InteraqtCondition } from './interaqt-model.js'
import { Condition } from './interaqt-peer.js'

/** What the sign-in proves of a caller. Not one of these names is ever a column of the User record. */
export interface ConditionIdentity {
  id?: unknown
  logtoId?: unknown
  scopes?: unknown
  organizationId?: unknown
  actor?: unknown
  claims?: unknown
}

/**
 * What a condition sees: the payload, and the caller as the HTTP app passes them to `dispatch`, with every column of the
 * User record.
 *
 * @example
 * content: async (event: ConditionEvent<{ role: string }>) => event.user?.role === 'author'
 */
export interface ConditionEvent<Columns extends object = object> {
  user?: ConditionIdentity & Columns
  payload?: unknown
}

const SCOPES_RULES = { scopes: STRINGS }

// `undefined` is the value of an environment variable that is not set, and would let every organization pass.
const ORGANIZATION: OptionRule = {
  expected: 'the id of an organization, or a function that returns it; any organization passes without it',
  accepts: (value) => typeof value === 'function' || (typeof value === 'string' && value !== ''),
}
const ORGANIZATION_RULES = { organization: defined(ORGANIZATION) }

/**
 * Creates a condition that lets an interaction pass when the caller's access token has all of these scopes. In Logto a
 * role has scopes of the API resource; the frontend asks for them when signing in.
 *
 * ```ts
 * Interaction.create({ name: 'publish', action, conditions: requireScope('publish:announcements') })
 * ```
 *
 * A refusal has the code `scope_insufficient`.
 *
 * @throws TypeError without a scope, and for one that is no string or empty.
 */
export function requireScope(...scopes: [string, ...string[]]): InteraqtCondition {
  if (scopes.length === 0)
    throw new TypeError('requireScope needs a scope: without one it would let everybody pass')
  checkOptions('requireScope', { scopes }, SCOPES_RULES)
  return Condition.create({
    name: `requireScope ${scopes.join(' ')}`,
    content: async (event: ConditionEvent) => {
      const granted: unknown[] = Array.isArray(event.user?.scopes) ? event.user.scopes : []
      const missing = scopes.filter((scope) => !granted.includes(scope))
      return (
        missing.length === 0 || refusal('scope_insufficient', `This needs the scope ${missing.join(' ')}.`)
      )
    },
  })
}

/**
 * Creates a condition that lets an interaction pass when the caller's access token was issued for this organization: its
 * id, or a function that returns the id for an event. Without either, any organization passes.
 *
 * ```ts
 * requireOrganization((event: MyEvent) => event.payload.organizationId)
 * ```
 *
 * A refusal has the code `organization_mismatch`.
 *
 * @throws TypeError for an id that is given as `undefined` or empty, as an environment variable that is not set has it.
 */
export function requireOrganization<Event extends ConditionEvent = ConditionEvent>(
  ...given: [organization?: string | ((event: Event) => string | undefined | Promise<string | undefined>)]
): InteraqtCondition {
  const [organization] = given
  checkOptions('requireOrganization', given.length > 0 ? { organization } : {}, ORGANIZATION_RULES)
  return Condition.create({
    name: `requireOrganization ${typeof organization === 'string' ? organization : ''}`.trim(),
    content: async (event: Event) => {
      const actual = event.user?.organizationId
      const isMember = typeof actual === 'string' && actual !== ''
      const wanted = typeof organization === 'function' ? await organization(event) : organization
      // A function that finds no organization must not open the interaction to all of them.
      const isWanted = organization === undefined || (wanted !== undefined && wanted === actual)
      return (
        (isMember && isWanted) ||
        refusal('organization_mismatch', 'This needs an access token for the organization.')
      )
    },
  })
}

/**
 * Creates a condition that refuses a caller for whom somebody else acts: one whose access token has the claim `act`
 * (RFC 8693, section 4.1), whatever its value.
 *
 * ```ts
 * Interaction.create({ name: 'changePassword', action, conditions: refuseImpersonation() })
 * ```
 *
 * It sees tokens that are marked. Logto marks one only when the token exchange named an `actor_token`; and where
 * `parseUserId` returns a bare user id, no claim reaches the condition.
 *
 * A refusal has the code `impersonation_refused`.
 */
export function refuseImpersonation(): InteraqtCondition {
  return Condition.create({
    name: 'refuseImpersonation',
    content: async (event: ConditionEvent) =>
      event.user?.actor === undefined ||
      refusal('impersonation_refused', 'This cannot be done for somebody else.'),
  })
}

function refusal(code: string, message: string) {
  return { allowed: false, code, message }
}
