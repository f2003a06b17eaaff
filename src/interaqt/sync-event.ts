import type { InteraqtController, InteraqtEntity, InteraqtEventSource } from './interaqt-model.js'
import { Entity, EventSource, MatchExp, Property } from './interaqt-peer.js'
import { revisionOf } from './user-record.js'

/** How long event rows are kept, in milliseconds of Logto's `updatedAt`. */
const EVENT_RETENTION_MS = 30 * 24 * 3_600_000

/** One write to a User record: the arguments of the sync's event source. */
export interface RecordWrite {
  /** Why: the name of the webhook event, or `ensureUser` or `reconcile`. */
  event: string
  logtoId: string
  /** Logto's `updatedAt` of the state that is written. */
  updatedAt: number
  /** The row as it was read before Logto was asked; undefined when there was none. */
  expected: { id: string | number; revision: number } | undefined
  /** What to write; for a new record also what it starts with. */
  fields: Record<string, unknown>
}

/** What became of a RecordWrite. */
interface RecordWriteResult {
  /** False when another writer came first: nothing was written, read the record again. */
  isWritten: boolean
}

/**
 * The event rows that every dispatch leaves. They say which user, which event and which state, and nothing personal:
 * an event row outlives its user.
 */
export function createEventEntity(name: string): InteraqtEntity {
  return Entity.create({
    name,
    properties: [
      Property.create({ name: 'logtoId', type: 'string' }),
      Property.create({ name: 'event', type: 'string' }),
      Property.create({ name: 'updatedAt', type: 'number' }),
    ],
    retention: { mode: 'ttl', ttl: { timestampProperty: 'updatedAt', maxAgeMs: EVENT_RETENTION_MS } },
  })
}

/**
 * The event source that all writes go through, so that Interaqt's computations follow. `resolve` may be replayed, so it
 * only compares and writes: what is written was decided, mapped and asked for before.
 *
 * @param userEntity - name of the application's User entity.
 */
export function createEventSource(
  name: string,
  entity: InteraqtEntity,
  userEntity: string,
): InteraqtEventSource {
  return EventSource.create<RecordWrite, RecordWriteResult>({
    name,
    entity,
    admit: async () => {},
    mapEventData: ({ logtoId, event, updatedAt }) => ({ logtoId, event, updatedAt }),
    async resolve(this: InteraqtController, { expected, fields }: RecordWrite) {
      const { storage } = this.system
      if (!expected) {
        // A second creator fails at the unique constraint.
        await storage.create(userEntity, { ...fields, logtoRevision: 1 })
        return { isWritten: true }
      }
      const row = await storage.atomic.lockRecord(userEntity, expected.id, ['id', 'logtoRevision'])
      if (!row || revisionOf(row) !== expected.revision) return { isWritten: false }
      const byId = MatchExp.atom({ key: 'id', value: ['=', expected.id] })
      await storage.update(userEntity, byId, { ...fields, logtoRevision: expected.revision + 1 })
      return { isWritten: true }
    },
  })
}
