import {
  Action,
  type ConditionInstance,
  Interaction,
  InteractionEventEntity,
  type InteractionInstance,
  Payload,
  PayloadItem,
  type PayloadItemCreateArgs,
} from 'interaqt'

/** The user as the HTTP server hands it to conditions: the User record's id, and what the access token allows. */
export interface Caller {
  id: string
  logtoId: string
  scopes: string[]
}

/** What a condition sees of a call, before its payload has been checked. */
export interface Call {
  user: Caller
  payload?: Record<string, unknown>
}

/** What a condition answers. The context of a call that is allowed goes into its event. */
export type Verdict =
  | { allowed: true; context: Record<string, unknown> }
  | { allowed: false; code: string; message: string }

/** An interaction that took place, as a computation sees it. */
export interface Happened {
  record: {
    user: Caller
    payload: Record<string, unknown>
    context: { admission: Record<string, unknown> }
  }
}

export function createInteraction(
  name: string,
  payload: PayloadItemCreateArgs,
  conditions: ConditionInstance,
): InteractionInstance {
  return Interaction.create({
    name,
    action: Action.create({ name }),
    payload: Payload.create({ items: [PayloadItem.create({ required: true, ...payload })] }),
    conditions,
  })
}

/** The event that an interaction of this name took place: what data can be derived from. */
export function event(interactionName: string): EventPattern {
  return { recordName: InteractionEventEntity.name, type: 'create', record: { interactionName } }
}

interface EventPattern {
  recordName: string
  type: 'create'
  record: { interactionName: string }
}
