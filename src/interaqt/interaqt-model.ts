/**
 * The parts of Interaqt that this package works with. The types are structural, so that an application type-checks against
 * its own `interaqt`, and this package without one. The classes of interaqt 4.10 satisfy them.
 */

/** The common fields of all parts of an Interaqt model. */
export interface InteraqtInstance {
  uuid: string
  _type: string
}

/** A property, for `properties` of `Entity.create`. */
export interface InteraqtProperty extends InteraqtInstance {
  name: string
  type: string
}

/** A unique constraint, for `constraints` of `Entity.create`. */
export interface InteraqtConstraint extends InteraqtInstance {
  name: string
  properties: string[]
}

/** An entity, for `entities` of `new Controller`. */
export interface InteraqtEntity extends InteraqtInstance {
  name: string
  properties: InteraqtProperty[]
}

/** An event source, for `eventSources` of `new Controller`. */
export interface InteraqtEventSource extends InteraqtInstance {
  name: string
  entity: InteraqtEntity
}

/** An entity of the application's own model, as far as the sync reads and extends it. */
export interface InteraqtModelEntity extends InteraqtInstance {
  name: string
  properties: InteraqtProperty[]
  constraints?: InteraqtModelConstraint[]
  /** Of a merged entity: the properties of all its inputs. */
  commonProperties?: InteraqtProperty[]
  /** Of a filtered entity: the entity or relation whose columns it shares. */
  baseEntity?: Omit<InteraqtModelEntity, 'name'>
  /** Interaqt 4.10: a natural key. */
  identity?: { name: string; properties: string[] }
}

/** A constraint of the application's own model: a unique one has `properties`. */
export interface InteraqtModelConstraint extends InteraqtInstance {
  name: string
  properties?: string[]
  where?: object
}

/** A relation of the application's own model. */
export interface InteraqtModelRelation extends InteraqtInstance {
  source: { name?: string | undefined }
  sourceProperty: string
  target: { name?: string | undefined }
  targetProperty: string
}

/** A condition, for `conditions` of `Interaction.create`. */
export interface InteraqtCondition extends InteraqtInstance {
  name?: string
  // biome-ignore lint/complexity/noBannedTypes: Interaqt types a condition's content so.
  content: Function
}

/** A record as Interaqt's storage returns it, with all the properties that were asked for; `id` is Interaqt's. */
export interface InteraqtRow {
  id: string | number
  [property: string]: unknown
}

/** What Interaqt's storage knows of its tables once the Controller is set up. */
export interface InteraqtSchema {
  dialect: { name: string }
  records: readonly unknown[]
  constraints: readonly {
    recordName: string
    tableName: string
    /** Of a unique one. */
    properties?: string[]
    fields?: string[]
  }[]
}

/** The part of Interaqt's storage that the sync reads and writes through. */
export interface InteraqtStorage {
  schema?: InteraqtSchema
  findOne(
    entityName: string,
    match?: unknown,
    modifier?: unknown,
    attributes?: unknown[],
  ): Promise<InteraqtRow | undefined>
  find(
    entityName: string,
    match?: unknown,
    modifier?: unknown,
    attributes?: unknown[],
  ): Promise<InteraqtRow[]>
  create(entityName: string, row: Record<string, unknown>): Promise<InteraqtRow>
  update(entityName: string, match: unknown, row: Record<string, unknown>): Promise<unknown>
  runInTransaction<T>(options: { name?: string }, run: () => Promise<T>): Promise<T>
  atomic: {
    lockRecord(
      entityName: string,
      id: string | number,
      attributes?: string[],
    ): Promise<Record<string, unknown> | undefined>
    lockRows(entityName: string, match: unknown, attributes?: string[]): Promise<Record<string, unknown>[]>
  }
}

/** The part of an Interaqt Controller that the sync works with. */
export interface InteraqtController {
  system: { storage: InteraqtStorage }
  /** The model, which `attach` checks; a controller of your own may leave it out. */
  entities?: readonly InteraqtModelEntity[]
  relations?: readonly InteraqtModelRelation[]
  eventSources?: readonly InteraqtEventSource[]
  dispatch(eventSource: InteraqtEventSource, args: unknown): Promise<{ error?: unknown; data?: unknown }>
  maintainEntityRetention(options: { entityNames: string[] }): Promise<unknown>
}

/** The part of an Interaqt Controller that the HTTP app works with. */
export interface InteractionController {
  /** Returns the interaction or other event source of that name. */
  findEventSourceByName(name: string): NamedEventSource | undefined
  /** Runs an event source. Its errors come back in the result; nested and transaction-boundary errors are thrown. */
  dispatch(eventSource: NamedEventSource, args: InteractionArguments): Promise<DispatchResult>
  system: { storage: RecordStorage }
}

/** The one query that the HTTP app makes itself: the caller's record. */
export type RecordStorage = Pick<InteraqtStorage, 'findOne'>

/** An interaction or other event source; `entity` is the kind of event record that it writes. */
export interface NamedEventSource {
  name: string
  entity: { name: string }
}

/** What an interaction sees: conditions get it as their event. */
export interface InteractionArguments {
  user: InteractionUser
  payload?: Record<string, unknown>
  query?: Record<string, unknown>
  activityId?: string
}

/**
 * The caller as conditions see it: every column of the User record, and over them what the sign-in proves. The names
 * below always come from the sign-in. A column of such a name cannot be seen, also where the token has no such field.
 *
 * Interaqt stores less with the event: `{ id, logtoId, scopes, organizationId?, actor? }`, and what the option
 * `interactionUser` of the HTTP app names.
 */
export interface InteractionUser {
  /** Interaqt's id of the User record: a UUID on PGLite, a number on PostgreSQL. */
  id: string | number
  /** The Logto user id, `sub` of the access token. */
  logtoId: string
  /** Scopes of the access token; empty when `parseUserId` returned a bare id. */
  scopes: string[]
  /** The organization that the access token was issued for. */
  organizationId?: string
  /** Who acts for the user: the `act` claim of the access token (RFC 8693, section 4.1), as it came. */
  actor?: unknown
  /** Claims of the access token; none when `parseUserId` returned a bare id. Never stored. */
  claims?: Readonly<Record<string, unknown>>
  /** A column of the User record; no relations. */
  [column: string]: unknown
}

/** What `dispatch` returns, as far as the HTTP app passes it on. */
export interface DispatchResult {
  error?: unknown
  data?: unknown
  context?: Record<string, unknown>
  outcome?: string
}
