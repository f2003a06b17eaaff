import { beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type AppOptions,
  createApp,
  createDataAPI,
  startServer,
  type WebhookOptions,
} from '../../src/http/index.js'
import { signWebhook } from '../../src/webhook/index.js'

const controller = {
  findEventSourceByName: () => undefined,
  dispatch: async () => ({}),
  system: { storage: { findOne: async () => undefined } },
}
const sync = { ensureUser: async () => ({ id: 1 }), apply: async () => {} }
const webhook = { signingKey: 'a-signing-key' }
const parseUserId = (headers: Record<string, unknown>) =>
  headers.authorization === undefined ? undefined : 'alice0000000'
const LINE =
  'add `webhook: { signingKey: process.env.LOGTO_WEBHOOK_SIGNING_KEY }` to the options of createApp or startServer'

const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }
const warnings = () => logger.warn.mock.calls.map(([line]) => String(line))
beforeEach(() => void vi.clearAllMocks())

const appWith = (options: Partial<AppOptions>) => createApp(controller, { parseUserId, logger, ...options })

describe('a sync without a webhook', () => {
  it('is told at the start, with the line to add and the line that says it is meant', async () => {
    const line =
      'interaqt-logto: there is a `sync` but no `webhook`: events of Logto do not arrive, and User records are behind until ' +
      `the next reconcile. What to do: ${LINE}, or \`webhook: false\` where this app does without`
    appWith({ sync })
    expect(warnings()).toEqual([line])
    const server = await startServer(controller, { port: 0, parseUserId, logger, sync })
    await server.close()
    expect(warnings()).toEqual([line, line])
  })

  it.each<[string, Partial<AppOptions>]>([
    ['it is meant', { sync, webhook: false }],
    ['there is a webhook', { sync, webhook }],
    ['there is no sync', {}],
    ['the app does without the sync', { sync: false }],
  ])('is not told when %s', (_, options) => {
    appWith(options)
    expect(warnings()).toEqual([])
  })
})

describe('a delivery to a path that takes none', () => {
  const deliver = (options: Partial<AppOptions>, path: string, headers: Record<string, string> = {}) =>
    appWith({ sync, ...options }).request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{}',
    })
  const signed = { 'logto-signature-sha-256': signWebhook('{}', webhook.signingKey) }
  const elsewhere = { ...webhook, path: '/hooks/logto' }
  const lineFor = (status: number, path: string, remedy: string) =>
    `interaqt-logto: ${status} at POST ${path}: webhook_not_here: This server takes no deliveries of Logto at this path. ` +
    `What to do: ${remedy}`

  it.each<[number, string, false | WebhookOptions, string]>([
    [401, '/api/syncUser', false, `${LINE}, or take the webhook away in Logto`],
    [401, '/interaction/syncUser', false, `${LINE}, or take the webhook away in Logto`],
    [404, '/syncUser', false, `${LINE}, or take the webhook away in Logto`],
    [
      401,
      '/api/syncUser',
      elsewhere,
      'end the URL of the webhook in Logto with /hooks/logto, or set `webhook.path`',
    ],
    [404, '/', webhook, 'end the URL of the webhook in Logto with /api/syncUser, or set `webhook.path`'],
  ])('is refused with %i at %s, and the log says what to change', async (status, path, option, remedy) => {
    const response = await deliver({ webhook: option }, path, signed)
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({
      error: { code: 'webhook_not_here', message: 'This server takes no deliveries of Logto at this path.' },
    })
    expect(warnings()).toEqual([lineFor(status, path, remedy)])
  })

  it('goes to onRefused', async () => {
    const onRefused = vi.fn()
    await deliver({ webhook: false, onRefused }, '/api/syncUser', signed)
    expect(onRefused.mock.calls).toEqual([
      [
        expect.objectContaining({ code: 'webhook_not_here', remedy: expect.stringContaining('`webhook: {') }),
        expect.any(Request),
      ],
    ])
    expect(warnings()).toEqual([])
  })

  it('is what has the header of its signature: all else is refused as ever', async () => {
    const codeOf = async (response: Response) => (await response.json()).error.code
    expect(await codeOf(await deliver({ webhook: false }, '/api/syncUser'))).toBe('unauthenticated')
    expect(await codeOf(await deliver({ webhook: false }, '/syncUser'))).toBe('not_found')
  })

  it('tells nobody which data APIs there are, and reaches those that serve it', async () => {
    const apis = {
      forUsers: createDataAPI(() => 'served'),
      forAll: createDataAPI(() => 'served', { allowAnonymous: true }),
    }
    const answers = async (path: string, headers = {}) => {
      const response = await deliver({ webhook: false, apis }, path, { ...signed, ...headers })
      return [response.status, await response.json()]
    }
    expect(await answers('/api/forUsers')).toEqual(await answers('/api/nothing'))
    expect(await answers('/api/forAll')).toEqual([200, 'served'])
    expect(await answers('/api/forUsers', { authorization: 'Bearer x' })).toEqual([200, 'served'])
  })
})
