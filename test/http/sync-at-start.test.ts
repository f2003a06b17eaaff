import { Controller, Entity, MonoSystem, Property } from 'interaqt'
import { describe, expect, it, vi } from 'vitest'
import { createApp, startServer } from '../../src/http/index.js'
import { createLogtoSync } from '../../src/interaqt/index.js'
import { FakeLogto } from '../support/interaqt-app-logto.js'
import { openPglite } from '../support/pglite.js'

const parseUserId = () => undefined

describe('createApp with a sync', () => {
  it('fails at the start, and not at the first request, when the sync is not attached', async () => {
    const { controller, sync } = model()
    const refusal = {
      code: 'not_attached',
      message: 'Call sync.attach(controller) once the Controller is set up.',
    }
    expect(() => createApp(controller, { parseUserId, sync })).toThrow(expect.objectContaining(refusal))
    await expect(startServer(controller, { port: 0, parseUserId, sync })).rejects.toMatchObject(refusal)
  })

  it('is not started without the sync that is attached to its controller', () => {
    const { controller, sync } = model()
    sync.attach(controller)
    expect(() => createApp(controller, { parseUserId })).toThrow(
      'createApp: a sync is attached to this controller, but `sync` is missing, so that new users would be refused: ' +
        'add `sync`, or `sync: false` if this app does without it',
    )
    expect(() => createApp(controller, { parseUserId, sync, webhook: false })).not.toThrow()
    expect(() => createApp(controller, { parseUserId, sync: false })).not.toThrow()
  })

  it('takes a sync of your own, which has nothing to check', async () => {
    const sync = { ensureUser: vi.fn(async () => ({ id: 1 })), apply: vi.fn() }
    const server = await startServer(model().controller, { port: 0, parseUserId, sync, webhook: false })
    await server.close()
  })
})

it('startServer does not listen when the database lacks something', async () => {
  const { controller } = model()
  const sync = {
    ensureUser: async () => ({ id: 1 }),
    apply: async () => {},
    checkDatabase: () => Promise.reject(new Error('It lacks a column.')),
  }
  const options = { port: 0, parseUserId, sync, webhook: false as const }
  await expect(startServer(controller, options)).rejects.toThrow('It lacks a column.')
})

function model() {
  const sync = createLogtoSync({ logto: new FakeLogto(), mapUser: (user) => ({ username: user.username }) })
  const User = Entity.create({
    name: 'User',
    properties: [Property.create({ name: 'username', type: 'string' })],
  })
  const system = new MonoSystem(openPglite())
  return { sync, controller: new Controller(sync.extend({ system, entities: [User] })) }
}
