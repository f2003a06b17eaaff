import { Controller, Entity, EventSource, MatchExp, MonoSystem, Property } from 'interaqt'
import { PostgreSQLDB } from 'interaqt/drivers'
import { createLogtoSync, type LogtoSource } from '../src/interaqt/index.js'
import { silentLogger } from '../test/support/interaqt-app-logger.js'
import type { PostgresAddress } from '../test/support/start-postgres.js'
import { idOf } from './sync-logto.js'

/** An application with the sync, and with an event source that makes one update and nothing else. */
export async function startBenchApp(
  { name, ...address }: PostgresAddress & { name: string },
  logto: LogtoSource,
  install: boolean,
) {
  const sync = createLogtoSync({
    logto,
    mapUser: ({ username, name, primaryEmail, customData }) => ({
      username,
      name,
      email: primaryEmail,
      customData,
    }),
  })
  const User = Entity.create({
    name: 'User',
    properties: [
      ...sync.properties,
      Property.create({ name: 'username', type: 'string' }),
      Property.create({ name: 'name', type: 'string' }),
      Property.create({ name: 'email', type: 'string' }),
      Property.create({ name: 'customData', type: 'object' }),
    ],
    constraints: [...sync.constraints],
  })
  const bare = EventSource.create<{ id: unknown; name: string }, object>({
    name: 'bareUpdate',
    entity: Entity.create({
      name: 'BareEvent',
      properties: [Property.create({ name: 'name', type: 'string' })],
    }),
    admit: async () => {},
    mapEventData: ({ name }) => ({ name }),
    async resolve(this: Controller, { id, name }) {
      await this.system.storage.update('User', MatchExp.atom({ key: 'id', value: ['=', id] }), { name })
      return {}
    },
  })
  const database = new PostgreSQLDB(name, { ...address, logger: silentLogger })
  const controller = new Controller({
    system: new MonoSystem(database),
    entities: [User, bare.entity, ...sync.entities],
    relations: [],
    eventSources: [bare, ...sync.eventSources],
  })
  await controller.setup(install)
  sync.attach(controller)
  return { sync, controller, bare, database }
}

export type BenchApp = Awaited<ReturnType<typeof startBenchApp>>

/** Fills the User table by one statement: what the application knew before users were renamed. */
export async function seedUsers({ controller, database }: BenchApp, count: number): Promise<void> {
  const { records } = controller.system.storage.schema
  const columns = new Map(
    records
      .find(({ recordName }) => recordName === 'User')
      ?.attributeDetails?.map((item) => [item.name, item.fieldName]),
  )
  const values: Record<string, string> = {
    id: 'i + 1',
    logtoId: `'u' || lpad(i::text, 11, '0')`,
    logtoUpdatedAt: '1700000000000 + i',
    logtoRevision: '1',
    isSuspended: 'false',
    isDeleted: 'false',
    username: `'user_' || i`,
    name: `'User ' || i`,
    email: `'user_' || i || '@example.com'`,
    customData: `'{"tier":"gold"}'`,
  }
  const names = Object.keys(values).map((property) => `"${columns.get(property)}"`)
  await database.query('DELETE FROM "User"')
  await database.query(
    `INSERT INTO "User" (${names.join(', ')}) SELECT ${Object.values(values).join(', ')} FROM generate_series(0, ${count - 1}) AS i`,
  )
  await database.query('ANALYZE "User"')
}

/** An event that renames a seeded user. */
export function renamed(index: number, updatedAt: number) {
  const id = idOf(index)
  const cause = {
    path: `/users/${id}`,
    method: 'PATCH',
    params: { userId: id },
    matchedRoute: '/users/:userId',
  }
  return JSON.parse(
    JSON.stringify({
      event: 'User.Data.Updated',
      hookId: 'hook',
      createdAt: new Date(updatedAt).toISOString(),
      ...cause,
      data: {
        id,
        username: `user_${index}`,
        primaryEmail: `user_${index}@example.com`,
        name: `Renamed ${updatedAt}`,
        customData: { tier: 'gold' },
        isSuspended: false,
        updatedAt,
        hasPassword: true,
      },
    }),
  )
}
