/** An interaction's types: the `payload` of its request, and the `result` that `post` and `interact` resolve with. */
export interface InteractionTypes {
  payload: unknown
  result: unknown
}

/** Interactions by name; the type parameter of `Client`. */
export type InteractionMap = Record<string, InteractionTypes>

/** The answer of `POST /interaction/:name`, as `./http` sends it. */
export interface InteractionAnswer<Data = unknown> {
  /** Result of an interaction that reads. */
  data?: Data
  /** For a step of an activity: its `activityId` and `nextState`. */
  context?: Record<string, unknown>
  /** With an idempotency key: `applied` or `replayed`. */
  outcome?: string
}

// Where Zod, and every other library that follows Standard Schema, declares the input of a schema.
interface SchemaLike {
  readonly '~standard': { readonly types?: { readonly input: unknown } | undefined }
}

type PayloadOf<T> = T extends SchemaLike
  ? NonNullable<T['~standard']['types']>['input']
  : T extends { payload: infer P }
    ? PayloadOf<P>
    : T

type ResultOf<T> = T extends SchemaLike
  ? InteractionAnswer
  : T extends { result: infer R }
    ? R
    : InteractionAnswer

/**
 * The type parameter of `Client`, derived from what the server declares: a record of schemas, of `{ payload, result }`, or of
 * plain payload types. Use it with `import type`, which keeps the schemas out of the frontend's bundle.
 *
 * @example
 * // server: export const payloads = { sendFriendRequest: z.object({ to: z.string() }) }
 * import type { payloads } from '../server/payloads'
 * const client = new Client<InteractionsOf<typeof payloads>>(LOGTO_ENDPOINT, SPA_APP_ID, INTERAQT_ENDPOINT)
 * await client.interact('sendFriendRequest', { to: 'bob' })
 */
export type InteractionsOf<T> = {
  [Name in keyof T & string]: { payload: PayloadOf<T[Name]>; result: ResultOf<T[Name]> }
}

/** Names of the typed interactions; any name for a Client without a type map. */
export type InteractionName<Api extends InteractionMap> = keyof Api & string

/** The body that `post` takes for a path: typed for an interaction of the map, free for any other path. */
export type BodyOf<
  Api extends InteractionMap,
  Path extends string,
> = Path extends `/interaction/${infer Name}`
  ? Name extends InteractionName<Api>
    ? InteractionBody<Api[Name]['payload']>
    : never
  : unknown

/** What `post` resolves with for a path. */
export type AnswerOf<
  Api extends InteractionMap,
  Path extends string,
> = Path extends `/interaction/${infer Name}`
  ? Name extends InteractionName<Api>
    ? Api[Name]['result']
    : never
  : unknown

/** What the request of an interaction can have beside its payload. */
export interface InteractionFields {
  query?: Record<string, unknown>
  /** Name of the activity that the interaction is a step of. */
  activity?: string
  /** The running activity; absent at its first step. */
  activityId?: string
}

/** Body of an interaction's request. Interactions without a payload are posted without one. */
type InteractionBody<Payload> = InteractionFields &
  (undefined extends Payload ? { payload?: Payload } : { payload: Payload })

/** The last arguments of a call: the payload may be left out where there is none. */
export type OptionalWhenEmpty<Value, Rest> = undefined extends Value
  ? [value?: Value, rest?: Rest]
  : [value: Value, rest?: Rest]
