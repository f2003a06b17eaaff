import type { Caller } from './caller.js'
import type { DispatchResult, InteractionArguments, InteraqtController } from './controller.js'
import { HttpError } from './http-error.js'
import { INTERACTION_RECORD } from './interaqt-peer.js'

/** Body of an interaction's request; `interaction` only where the path does not name it (Interaqt 0.8). */
export interface InteractionBody {
  interaction?: string
  /** Name of the activity that the interaction is a step of. */
  activity?: string
  /** The running activity; absent at its first step. */
  activityId?: string
  payload?: Record<string, unknown>
  /** For interactions that read: `match`, `modifier`, `attributeQuery` of Interaqt. */
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
 * @throws HttpError `body_malformed` (400), `interaction_unknown` (404); errors of Interaqt as they are.
 */
export async function interact(
  controller: InteraqtController,
  caller: Caller,
  name: string | undefined,
  body: unknown,
): Promise<InteractionAnswer> {
  const request = toInteractionBody(body)
  const eventSource = findInteraction(controller, nameOf(name ?? request.interaction, request.activity))
  const result = await controller.dispatch(eventSource, toArguments(request, caller))
  if (result.error) throw result.error
  return toAnswer(result)
}

function toInteractionBody(body: unknown = {}): InteractionBody {
  if (!isPlainObject(body)) throw malformed('The body must be a JSON object, such as {"payload": {}}.')
  return {
    ...text(body, 'interaction'),
    ...text(body, 'activity'),
    ...text(body, 'activityId'),
    ...object(body, 'payload'),
    ...object(body, 'query'),
  }
}

// Interaqt 4.10 names the step of an activity "<activity>:<interaction>" (ActivityManager).
function nameOf(interaction: string | undefined, activity: string | undefined): string {
  if (!interaction) throw malformed('The body must name the interaction: {"interaction": "…"}.')
  return activity ? `${activity}:${interaction}` : interaction
}

/**
 * Only interactions and steps of activities. A controller's other event sources have no conditions for callers: through
 * the sync's own, for one, a caller could write anybody's User record.
 */
function findInteraction(controller: InteraqtController, name: string) {
  const eventSource = controller.findEventSourceByName(name)
  if (eventSource?.entity.name === INTERACTION_RECORD) return eventSource
  throw new HttpError(404, 'interaction_unknown', `There is no interaction ${JSON.stringify(name)}.`)
}

function toArguments(
  { payload, query, activityId }: InteractionBody,
  { user }: Caller,
): InteractionArguments {
  return {
    user,
    ...(payload === undefined ? {} : { payload }),
    ...(query === undefined ? {} : { query }),
    ...(activityId === undefined ? {} : { activityId }),
  }
}

function toAnswer({ data, context, outcome }: DispatchResult): InteractionAnswer {
  return {
    ...(data === undefined ? {} : { data }),
    ...(context === undefined ? {} : { context }),
    ...(outcome === undefined ? {} : { outcome }),
  }
}

function text(body: Record<string, unknown>, key: 'interaction' | 'activity' | 'activityId') {
  const value = body[key]
  if (value === undefined || value === null) return {}
  if (typeof value !== 'string') throw malformed(`"${key}" must be a string.`)
  return { [key]: value }
}

function object(body: Record<string, unknown>, key: 'payload' | 'query') {
  const value = body[key]
  if (value === undefined || value === null) return {}
  if (!isPlainObject(value)) throw malformed(`"${key}" must be an object.`)
  return { [key]: value }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function malformed(message: string): HttpError {
  return new HttpError(400, 'body_malformed', message)
}
