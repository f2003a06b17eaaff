import { expect } from 'vitest'
import { WEBHOOK_EVENTS } from '../../../src/logto/index.js'
import { freePort } from '../../support/free-port.js'
import type { ContractCase, ContractGroup } from '../case.js'
import { recordedWebhook, recording } from '../recordings.js'
import { expectSameShape } from '../shape.js'
import type { ReceivedWebhook, ReceiverAnswer } from '../webhook-receiver.js'
import type { World } from '../world.js'

const RETRIES = 'webhook-retries.json'

const about = (world: World, marker: string): ReceivedWebhook[] =>
  world.receiver.received.filter(({ body, path }) => path === '/hook' && body.includes(marker))

/** Changes a user's name to `marker` and returns the first delivery that says so. */
async function rename(world: World, marker: string): Promise<ReceivedWebhook> {
  const user = await world.makeUser()
  await world.made('PATCH', `/users/${user.id}`, { name: marker })
  return world.receiver.wait(({ body }) => body.includes(marker), `rename to ${marker}`)
}

/** The rows of the delivery log about `marker`, newest first, once there is one. */
async function logRows(
  world: World,
  marker: string,
  hookId = world.hook.id,
): Promise<Record<string, unknown>[]> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const { body } = await world.made('GET', `/hooks/${hookId}/recent-logs?page_size=100`)
    const rows = (Array.isArray(body) ? body : []).filter((row) => JSON.stringify(row).includes(marker))
    if (rows.length > 0) return rows
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`no row of the delivery log mentions ${marker}`)
}

/** A listener that fails. Logto writes the row of its log when it gives up, so no delivery comes after that. */
const failing = (name: string, key: string, answer: ReceiverAnswer): ContractCase => ({
  name,
  recording: RETRIES,
  compares: `number of deliveries, result in the delivery log (${key})`,
  run: async (world) => {
    const recorded = recording<Record<string, { deliveries: unknown[]; hookLogResult: string }>>(RETRIES)[key]
    const marker = world.name(key)
    world.receiver.answer(marker, answer)
    await rename(world, marker)
    const rows = await logRows(world, marker)
    expect(rows).toMatchObject([{ payload: { result: recorded?.hookLogResult } }])
    expect(about(world, marker).length).toBe(recorded?.deliveries.length)
  },
})

const testDelivery = (name: string, file: string, event: string): ContractCase => ({
  name,
  recording: `webhooks/${file}.json`,
  compares: 'keys and types of the event, the fake values that mark it, its signature',
  run: async (world) => {
    const config = { url: `${world.receiver.url}/${world.name('test')}` }
    await world.management('POST', `/hooks/${world.hook.id}/test`, { body: { events: [event], config } })
    const path = new URL(config.url).pathname
    const delivery = await world.receiver.wait((candidate) => candidate.path === path, `test of ${event}`)
    const recorded = recordedWebhook(`webhooks/${file}.json`).event
    expectSameShape(delivery.event, recorded)
    const fakes = Object.entries(recorded).filter(([, value]) => String(value).includes('fake'))
    expect(delivery.event).toMatchObject(Object.fromEntries(fakes))
    expect(world.receiver.isSigned(delivery, world.hook.signingKey)).toBe(true)
  },
})

export const deliveries: ContractGroup = {
  subject: 'Webhooks: deliveries',
  cases: [
    {
      name: 'the headers of a delivery',
      recording: 'webhooks/0007-user-patch-name-User.Data.Updated.json',
      compares: 'content type, user agent, signature header, the headers of the hook; no id and no time',
      run: async (world) => {
        const { headers } = await rename(world, world.name('headers'))
        const recorded = recordedWebhook('webhooks/0007-user-patch-name-User.Data.Updated.json').headers
        expect(headers['content-type']).toBe(recorded['content-type'])
        expect(headers['user-agent']).toBe(recorded['user-agent'])
        expect(headers['logto-signature-sha-256']).toMatch(/^[0-9a-f]{64}$/)
        expect(headers['x-custom-header']).toBe('from-config')
        expect(Object.keys(headers).filter((name) => name.startsWith('logto-'))).toEqual([
          'logto-signature-sha-256',
        ])
      },
    },
    failing('500 is not retried', 'retry-500', 500),
    failing('503 is not retried', 'retry-503', 503),
    failing('429 is not retried', 'retry-429', 429),
    failing('404 is not retried', 'retry-404', 404),
    failing('a reset connection is not retried', 'retry-reset', 'reset'),
    {
      name: '302 is followed, without a second delivery',
      recording: RETRIES,
      compares: 'a request at the place redirected to, the result in the delivery log (retry-redirect)',
      run: async (world) => {
        const marker = world.name('redirect')
        const target = `/redirected-${marker}`
        world.receiver.answer(marker, { redirectTo: target })
        await rename(world, marker)
        await world.receiver.wait(({ path }) => path === target, 'the redirected request')
        expect(about(world, marker).length).toBe(1)
      },
    },
    {
      name: 'a listener that is down: logged with the whole request body',
      recording: 'webhook-listener-offline-log.json',
      compares: 'keys and types of the row, result, the beginning of the error',
      run: async (world) => {
        const [recorded] = recording<Record<string, unknown>[]>('webhook-listener-offline-log.json')
        const hook = await world.make('/hooks', {
          name: world.name('offline'),
          events: ['User.Data.Updated'],
          config: { url: `http://127.0.0.1:${await freePort()}/nobody` },
        })
        const marker = world.name('offline')
        await rename(world, marker)
        const [row] = await logRows(world, marker, hook.id)
        const data = 'payload.hookRequest.body.data'
        const nullable = ['primaryEmail', 'primaryPhone', 'avatar', 'customData', 'profile']
        expectSameShape(row, recorded, { free: nullable.map((field) => `${data}.${field}`) })
        expect(row).toMatchObject({ key: 'TriggerHook.User.Data.Updated', payload: { result: 'Error' } })
        expect(JSON.stringify(row)).toContain('TypeError: {\\"message\\":\\"fetch failed\\"')
      },
    },
    {
      name: 'the delivery log by time',
      recording: 'webhook-listener-offline-log.json',
      compares: 'start_time and end_time leave out what is older or newer',
      run: async (world) => {
        const marker = world.name('log')
        await rename(world, marker)
        const [row] = await logRows(world, marker)
        const at = Number(row?.createdAt)
        const mentions = async (query: string) => {
          const { body } = await world.made(
            'GET',
            `/hooks/${world.hook.id}/recent-logs?page_size=100&${query}`,
          )
          return JSON.stringify(body).includes(marker)
        }
        expect(await mentions(`start_time=${at - 1000}&end_time=${at + 1000}`)).toBe(true)
        expect(await mentions(`start_time=${at + 1000}`)).toBe(false)
        expect(await mentions(`start_time=${at - 5000}&end_time=${at - 1000}`)).toBe(false)
      },
    },
    {
      name: 'deliveries of writes one after another keep their order',
      recording: 'webhook-ordering.json',
      compares: 'inversions of 20 sequential changes (sequential40)',
      run: async (world) => {
        const user = await world.makeUser()
        const names = Array.from({ length: 20 }, (_, index) => `${world.prefix}-seq-${index}-`)
        for (const name of names) {
          await world.made('PATCH', `/users/${user.id}`, { name })
          await world.receiver.wait(({ body }) => body.includes(name), name)
        }
        const order = about(world, `${world.prefix}-seq-`).map(({ event }) => event.data)
        expect(order).toMatchObject(names.map((name) => ({ name })))
      },
    },
    {
      name: 'the API does not wait for a slow listener, and deliveries run at the same time',
      recording: 'webhook-ordering.json',
      compares: 'five deliveries arrive while the first one is still being answered (slowListener)',
      run: async (world) => {
        const user = await world.makeUser()
        const marker = `${world.prefix}-slow-`
        let answerAll = (): void => {}
        world.receiver.answer(marker, { when: new Promise((resolve) => (answerAll = resolve)) })
        for (let index = 0; index < 5; index++) {
          await world.made('PATCH', `/users/${user.id}`, { name: `${marker}${index}` })
        }
        // None is answered before the last one has arrived.
        await world.receiver.wait(({ body }) => body.includes(`${marker}4`), 'the last slow delivery')
        answerAll()
        world.receiver.answer(marker, 200)
      },
    },
    {
      name: 'creation and deletion arrive in order',
      recording: 'webhook-ordering.json',
      compares: 'events of a user created and deleted at once (createThenDelete)',
      run: async (world) => {
        const { createThenDelete } = recording<{ createThenDelete: [string][] }>('webhook-ordering.json')
        const username = world.name('brief')
        const { fields } = await world.made('POST', '/users', { username })
        await world.receiver.wait(({ body }) => body.includes(username), 'User.Created')
        await world.made('DELETE', `/users/${fields.id}`)
        await world.receiver.wait(
          ({ event, body }) => event.event === 'User.Deleted' && body.includes(username),
          'User.Deleted',
        )
        expect(about(world, username).map(({ event }) => event.event)).toEqual(
          createThenDelete.map(([event]) => event),
        )
      },
    },
    {
      name: 'the events that a hook may ask for',
      recording: 'webhook-event-matrix.json',
      compares: 'the accepted names',
      run: async (world) => {
        const { accepted } = recording<{ accepted: string[] }>('webhook-event-matrix.json')
        expect(accepted).toEqual([...WEBHOOK_EVENTS])
        const config = { url: 'http://127.0.0.1:9/x' }
        const hook = await world.make('/hooks', { name: world.name('all'), events: accepted, config })
        expect(hook.events).toEqual(accepted)
      },
    },
    {
      name: 'the events behind a feature flag',
      recording: 'setup/hook-event-enum.json',
      compares: 'that a hook may not ask for them',
      run: async (world) => {
        const { acceptedByManagementApi, devFeatureOnly } = recording<Record<string, string[]>>(
          'setup/hook-event-enum.json',
        )
        expect(acceptedByManagementApi).toEqual([...WEBHOOK_EVENTS])
        const body = {
          name: world.name('dev'),
          events: devFeatureOnly,
          config: { url: 'http://127.0.0.1:9/x' },
        }
        expect((await world.management('POST', '/hooks', { body })).status).toBe(400)
      },
    },
    {
      name: 'an event that does not exist',
      recording: 'released/hook-create-unknown-event.json',
      compares: 'status, content type, error body with the names of all events',
      run: async (world) => {
        await world.replay('released/hook-create-unknown-event.json')
      },
    },
    {
      name: 'the event of the adaptive second factor may be asked for',
      recording: 'released/hook-create-development-events.json',
      compares: 'status, content type, shape of the hook',
      run: async (world) => {
        await world.replay('released/hook-create-development-events.json')
      },
    },
    {
      name: 'a hook that is disabled gets nothing',
      recording: 'setup/13b-hook-disable.json',
      compares: 'no delivery while it is disabled',
      run: async (world) => {
        const config = { url: `${world.receiver.url}/${world.name('disabled')}` }
        const hook = await world.make('/hooks', {
          name: world.name('off'),
          events: ['User.Data.Updated'],
          config,
        })
        await world.made('PATCH', `/hooks/${hook.id}`, { enabled: false })
        await rename(world, world.name('unheard'))
        const { pathname } = new URL(config.url)
        expect(world.receiver.received.some(({ path }) => path === pathname)).toBe(false)
      },
    },
    {
      name: 'no event for roles given to users, linked identities and roles of members',
      recording: 'mgmt/role-assign-to-user.json',
      compares: 'that nothing arrives about the user',
      run: async (world) => {
        const user = await world.makeUser()
        await world.receiver.wait(({ body }) => body.includes(user.id), 'User.Created')
        await world.made('POST', `/users/${user.id}/roles`, { roleIds: [world.role.id] })
        await world.made('PUT', `/users/${user.id}/identities/google`, { userId: world.name('g') })
        await rename(world, world.name('later'))
        expect(about(world, user.id).length).toBe(1)
      },
    },
    testDelivery('a test delivery of a data event', '0209-hooktest-User.Deleted', 'User.Deleted'),
    testDelivery('a test delivery of a sign-in event', '0211-hooktest500-PostRegister', 'PostRegister'),
  ],
}
