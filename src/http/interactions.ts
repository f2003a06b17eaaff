import type { DispatchResult, InteractionController } from '../interaqt/interaqt-model.js'
import { INTERACTION_RECORD } from '../interaqt/interaqt-peer.js'
import { isObject } from '../logto/is-object.js'
import { HttpError } from './http-error.js'
import { type InteractionUsers, storingUser } from './interaction-user.js'
import { isRefusedForValues, RefusedQuery } from './interaqt-error.js'
import { toCallerQuery } from './queries/caller-query.js'
import type { QueriesOption } from './queries/queries-option.js'

/** Body of an interaction's request; `interaction` only where the path does not name it (Interaqt 0.8). */
export interface InteractionBody {
  interaction?: string
  /** Name of the activity that the interaction is a step of. */
  activity?: string
  /** The running activity; absent at its first step. */
  activityId?: string
  payload?: Record<string, unknown>
  /**
   * For interactions that read: `match`, `modifier`, `attributeQuery` of Interaqt. It may name what the interaction's
   * `dataPolicy.attributeQuery` names, or the option `queries` of the app.
   */
  query?: Record<string, unknown>
}

/** Answer to an interaction. */
export interface InteractionAnswer {
  /** Result of an interaction that reads. */
  data?: unknown
  /** For a step of an activity: its `activityId` and `nextState`. */
  context?: Record<string, unknown>
  /** With an idempotency key: `applied` or `replayed`. */
  outcome?: string
}

/**
 * Runs the interaction that the path or the body names.
 *
 * The mutations that Interaqt reports as `effects` stay here: they hold whole records, other people's too.
 *
 * @param name - from the path; without it `body.interaction` names the interaction.
 * @throws HttpError `body_malformed`, `query_malformed` (400), `query_not_allowed` (403), `interaction_unknown` (404);
 * errors of Interaqt as they are.
 */
export async function interact(
  controller: InteractionController,
  { seen, stored }: InteractionUsers,
  queries: QueriesOption | undefined,
  name: string | undefined,
  body: unknown,
): Promise<InteractionAnswer> {
  const { interaction, activity, query, ...args } = toInteractionBody(body)
  const eventSource = findInteraction(controller, nameOf(name ?? interaction, activity))
  const checked = query && toCallerQuery(query, eventSource, controller, queries)
  const refused = (error: unknown) =>
    checked?.match !== undefined && isRefusedForValues(error)
      ? new RefusedQuery('The database refused', { cause: error })
      : error
  const result = await controller.dispatch(storingUser(eventSource, stored), {
    user: seen,
    ...args,
    ...(checked && { query: checked }),
  })
  // `dispatch` of Interaqt 4.10 has `error` only when something was thrown; that may have been undefined.
  if ('error' in result) throw refused(result.error)
  return toAnswer(result)
}

function toInteractionBody(body: unknown = {}): InteractionBody {
  if (!isObject(body)) throw malformed('The body must be a JSON object, such as {"payload": {}}.')
  return {
    ...field(body, 'interaction', isString, 'a string'),
    ...field(body, 'activity', isString, 'a string'),
    ...field(body, 'activityId', isString, 'a string'),
    ...field(body, 'payload', isObject, 'an object'),
    ...field(body, 'query', isObject, 'an object'),
  }
}

// Interaqt 4.10 names the step of an activity "<activity>:<interaction>" (ActivityManager).
function nameOf(interaction: string | undefined, activity: string | undefined): string {
  if (!interaction) throw malformed('The body must name the interaction: {"interaction": "…"}.')
  return activity ? `${activity}:${interaction}` : interaction
}

/**
 * Returns an interaction or a step of an activity. A controller's other event sources have no conditions for callers:
 * through the sync's own, for one, a caller could write any User record.
 */
function findInteraction(controller: InteractionController, name: string) {
  const eventSource = controller.findEventSourceByName(name)
  if (eventSource?.entity.name === INTERACTION_RECORD) return eventSource
  throw new HttpError(404, 'interaction_unknown', `There is no interaction ${JSON.stringify(name)}.`)
}

function toAnswer({ data, context, outcome }: DispatchResult): InteractionAnswer {
  return {
    ...(data === undefined ? {} : { data }),
    ...(context === undefined ? {} : { context }),
    ...(outcome === undefined ? {} : { outcome }),
  }
}

function field<T>(
  body: Record<string, unknown>,
  key: keyof InteractionBody,
  is: (value: unknown) => value is T,
  expected: string,
): Record<string, T> {
  const value = body[key]
  if (value === undefined || value === null) return {}
  if (!is(value)) throw malformed(`"${key}" must be ${expected}.`)
  return { [key]: value }
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function malformed(message: string): HttpError {
  return new HttpError(400, 'body_malformed', message)
}
