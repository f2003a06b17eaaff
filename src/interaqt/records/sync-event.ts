import type {
  InteraqtController,
  InteraqtEntity,
  InteraqtEventSource,
  InteraqtStorage,
} from '../interaqt-model.js'
import { Entity, EventSource, Property, where } from '../interaqt-peer.js'
import type { RecordWrite } from './record-write.js'
import { revisionOf } from './user-record.js'

/** How long event rows are kept, in milliseconds of Logto's `updatedAt`. */
const EVENT_RETENTION_MS = 30 * 24 * 3_600_000

/** The arguments of the sync's event source: several writes are one transaction and leave one event row. */
interface SyncDispatch {
  writes: readonly RecordWrite[]
}

interface SyncDispatchResult {
  /** For each write: false when another writer came first. Then nothing was written, and the record must be read again. */
  isWritten: boolean[]
}

/**
 * Creates the entity of the event rows that every dispatch leaves. They name the user, the event and the time of the
 * state, and nothing personal: an event row outlives its user.
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
 * Creates the event source of all writes, so that Interaqt's computations follow. Interaqt may repeat `resolve`, so it
 * only compares and writes: Logto was asked and the user was mapped before.
 *
 * @param userEntity - name of the application's User entity.
 */
export function createEventSource(
  name: string,
  entity: InteraqtEntity,
  userEntity: string,
): InteraqtEventSource {
  return EventSource.create<SyncDispatch, SyncDispatchResult>({
    name,
    entity,
    admit: async () => {},
    mapEventData: ({ writes }) => eventRowOf(writes),
    async resolve(this: InteraqtController, { writes }) {
      const { storage } = this.system
      const revisions = await lock(storage, userEntity, writes)
      const isWritten: boolean[] = []
      for (const { expected, fields } of writes) {
        if (!expected) {
          // A second creator fails at the unique constraint.
          await storage.create(userEntity, { ...fields, logtoRevision: 1 })
          isWritten.push(true)
          continue
        }
        const isUnchanged = revisions.get(String(expected.id)) === expected.revision
        isWritten.push(isUnchanged)
        if (!isUnchanged) continue
        // The same row may come twice in one transaction.
        revisions.set(String(expected.id), expected.revision + 1)
        await storage.update(userEntity, where('id', '=', expected.id), {
          ...fields,
          logtoRevision: expected.revision + 1,
        })
      }
      return { isWritten }
    },
  })
}

function eventRowOf(writes: readonly RecordWrite[]): Record<string, unknown> {
  const [first, another] = writes
  const updatedAt = Math.max(...writes.map((write) => write.updatedAt))
  return { event: first?.event, updatedAt, ...(another ? {} : { logtoId: first?.logtoId }) }
}

/** Locks the rows to update, and returns their revisions. */
async function lock(
  storage: InteraqtStorage,
  userEntity: string,
  writes: readonly RecordWrite[],
): Promise<Map<string, number>> {
  const ids = writes.flatMap(({ expected }) => (expected ? [expected.id] : []))
  const attributes = ['id', 'logtoRevision']
  const [only, another] = ids
  if (only === undefined) return new Map()
  if (another === undefined) {
    const row = await storage.atomic.lockRecord(userEntity, only, attributes)
    return new Map(row ? [[String(only), revisionOf(row)]] : [])
  }
  // Every process locks in the order of the ids: two that wait for each other's rows would be a deadlock.
  const rows = await storage.atomic.lockRows(userEntity, where('id', 'in', ids), attributes)
  return new Map(rows.map((row) => [String(row.id), revisionOf(row)]))
}
