import { Controller, type Database, Entity, MatchExp, MonoSystem, Property } from 'interaqt'
import { createLogtoSync, type LogtoSyncOptions } from '../../src/interaqt/index.js'

export interface AppColumns extends Record<string, unknown> {
  username: string | null
  name: string | null
  email: string | null
  customData: Record<string, unknown>
}

export type AppSyncOptions = Omit<LogtoSyncOptions<AppColumns>, 'mapUser'> &
  Partial<Pick<LogtoSyncOptions<AppColumns>, 'mapUser'>>

/**
 * A small application: a User with columns of its own, and the sync.
 *
 * @param options.install - false for a second process on the same database.
 * @param options.isSetUp - false leaves out `controller.setup`.
 */
export async function startApp(
  database: Database,
  { install = true, isSetUp = true, ...options }: AppSyncOptions & { install?: boolean; isSetUp?: boolean },
) {
  const sync = createLogtoSync<AppColumns>({ mapUser: mapAppUser, ...options })
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
  const controller = new Controller({
    system: new MonoSystem(database),
    entities: [User, ...sync.entities],
    relations: [],
    eventSources: [...sync.eventSources],
  })
  if (isSetUp) await controller.setup(install)
  sync.attach(controller)
  const { storage } = controller.system
  return {
    sync,
    controller,
    users: () => storage.find('User', undefined, { orderBy: { logtoId: 'ASC' } }, ['*']),
    user: (logtoId: string) =>
      storage.findOne('User', MatchExp.atom({ key: 'logtoId', value: ['=', logtoId] }), undefined, ['*']),
    events: () => storage.find('LogtoSyncEvent', undefined, { orderBy: { id: 'ASC' } }, ['*']),
  }
}

export type TestApp = Awaited<ReturnType<typeof startApp>>

export const mapAppUser: NonNullable<LogtoSyncOptions<AppColumns>['mapUser']> = (user) => ({
  username: user.username,
  name: user.name,
  email: user.primaryEmail,
  customData: user.customData,
})
