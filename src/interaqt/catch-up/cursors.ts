import type { InteraqtController, InteraqtEntity } from '../interaqt-model.js'
import {
  Entity,
  findConstraintViolationError,
  MatchExp,
  Property,
  UniqueConstraint,
} from '../interaqt-peer.js'
import { withRetries } from '../records/retries.js'

const ENTITY = 'LogtoSyncCursor'

/** How far the sync's recurring tasks have come, in the application's database: shared by all its processes. */
export function createCursorEntity(): InteraqtEntity {
  return Entity.create({
    name: ENTITY,
    properties: [
      Property.create({ name: 'name', type: 'string' }),
      // Milliseconds since the epoch.
      Property.create({ name: 'position', type: 'number' }),
    ],
    constraints: [UniqueConstraint.create({ name: 'oneCursorPerName', properties: ['name'] })],
  })
}

/**
 * Where a task is; undefined before its first time.
 *
 * @throws SyncError `database_unavailable`.
 */
export async function readCursor(controller: InteraqtController, name: string): Promise<number | undefined> {
  const { storage } = controller.system
  const row = await withRetries(() => storage.findOne(ENTITY, byName(name), undefined, ['position']))
  return row && Number(row.position)
}

/**
 * Moves a task on; never back, whatever another process has written meanwhile.
 *
 * @throws SyncError `database_unavailable`.
 */
export async function advanceCursor(
  controller: InteraqtController,
  name: string,
  position: number,
): Promise<void> {
  const { storage } = controller.system
  const advance = async () => {
    const row = await storage.findOne(ENTITY, byName(name), undefined, ['id'])
    if (!row) {
      await storage.create(ENTITY, { name, position })
      return
    }
    const locked = await storage.atomic.lockRecord(ENTITY, row.id, ['position'])
    if (!locked || Number(locked.position) >= position) return
    await storage.update(ENTITY, MatchExp.atom({ key: 'id', value: ['=', row.id] }), { position })
  }
  const inTransaction = () => storage.runInTransaction({ name: `advance ${name}` }, advance)
  await withRetries(async () => {
    try {
      await inTransaction()
    } catch (error) {
      if (!findConstraintViolationError(error)) throw error
      // Another process made the row first.
      await inTransaction()
    }
  })
}

function byName(name: string) {
  return MatchExp.atom({ key: 'name', value: ['=', name] })
}
