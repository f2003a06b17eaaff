import type { InteraqtController, InteraqtEntity } from '../interaqt-model.js'
import { Entity, findConstraintViolationError, Property, UniqueConstraint, where } from '../interaqt-peer.js'
import { withRetries } from '../records/retries.js'

const ENTITY = 'LogtoSyncCursor'

/** Creates the entity that stores how far the sync's recurring tasks are. All processes of the application share it. */
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
 * Reads the position of a task; undefined before its first run.
 *
 * @throws SyncError `database_unavailable`.
 */
export async function readCursor(controller: InteraqtController, name: string): Promise<number | undefined> {
  const { storage } = controller.system
  const row = await withRetries(() =>
    storage.findOne(ENTITY, where('name', '=', name), undefined, ['position']),
  )
  return row && Number(row.position)
}

/**
 * Moves the position of a task forward. It never moves back, also when another process has written a later one.
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
    const row = await storage.findOne(ENTITY, where('name', '=', name), undefined, ['id'])
    if (!row) {
      await storage.create(ENTITY, { name, position })
      return
    }
    const locked = await storage.atomic.lockRecord(ENTITY, row.id, ['position'])
    if (!locked || Number(locked.position) >= position) return
    await storage.update(ENTITY, where('id', '=', row.id), { position })
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
