import { expect } from 'vitest'
import type { ContractCase } from '../case.js'
import { recordedWebhook } from '../recordings.js'
import { expectSameShape } from '../shape.js'
import type { ReceivedWebhook } from '../webhook-receiver.js'
import type { World } from '../world.js'

export const compares =
  'keys and types of the event, its causes (path, method, status, matchedRoute), its signature'
const FREE = [
  'data.customData',
  'data.profile',
  'data.identities',
  'user.customData',
  'user.profile',
  'user.identities',
]
const NULLABLE = [
  'username',
  'primaryEmail',
  'primaryPhone',
  'name',
  'avatar',
  'lastSignInAt',
  'applicationId',
]
const ANY_USER = NULLABLE.flatMap((field) => [`data.${field}`, `user.${field}`])

/** The delivery of an event that mentions `marker`. */
export const deliveryOf = (world: World, event: string, marker: string): Promise<ReceivedWebhook> =>
  world.receiver.wait(
    (delivery) =>
      delivery.path === '/hook' && delivery.event.event === event && delivery.body.includes(marker),
    `${event} about ${marker}`,
  )

export function expectEvent(world: World, delivery: ReceivedWebhook, path: string): void {
  const { event } = recordedWebhook(path)
  expectSameShape(delivery.event, event, { free: [...FREE, ...ANY_USER] })
  const { status, method, matchedRoute, interactionEvent } = event
  expect(delivery.event).toMatchObject(
    JSON.parse(JSON.stringify({ status, method, matchedRoute, interactionEvent })),
  )
  expect(delivery.event.hookId).toBe(world.hook.id)
  expect(new Date(String(delivery.event.createdAt)).toISOString()).toBe(delivery.event.createdAt)
  expect(world.receiver.isSigned(delivery, world.hook.signingKey)).toBe(true)
}

/**
 * An event and its cause.
 *
 * @param cause - does it and returns a text that the event's body contains.
 */
export function caused(name: string, file: string, cause: (world: World) => Promise<string>): ContractCase {
  const path = `webhooks/${file}.json`
  return {
    name,
    recording: path,
    compares,
    run: async (world) => {
      const { event } = recordedWebhook(path)
      const marker = await cause(world)
      expectEvent(world, await deliveryOf(world, String(event.event), marker), path)
    },
  }
}
