import * as browserCalls from '../../src/browser/calls.js'
import * as browserClient from '../../src/browser/client.js'
import * as browserOptions from '../../src/browser/options.js'
import { EMBEDDED_LOGTO_RULES, startEmbeddedLogto } from '../../src/embedded/start.js'
import { APP_RULES, createApp } from '../../src/http/app.js'
import { createDataAPI, DATA_API_RULES } from '../../src/http/data-api.js'
import { SERVER_RULES, startServer } from '../../src/http/start-server.js'
import { RECONCILE_RULES } from '../../src/interaqt/catch-up/reconcile-run.js'
import { REPLAY_RULES } from '../../src/interaqt/catch-up/replay.js'
import { SCHEDULE_RULES } from '../../src/interaqt/catch-up/schedule.js'
import { createLogtoSync, SYNC_RULES } from '../../src/interaqt/sync.js'
import type { Rules } from '../../src/logto/option-rules.js'
import { VERIFY_RULES } from '../../src/server/access-token-verifier.js'
import { Client } from '../../src/server/client.js'
import { DELIVERIES_RULES, USERS_RULES } from '../../src/server/lists.js'
import { CLIENT_RULES } from '../../src/server/options.js'
import { createParseUserId, PARSE_USER_ID_RULES } from '../../src/server/parse-user-id.js'
import * as sessionClient from '../../src/session/browser/client.js'
import { createSession } from '../../src/session/create-session.js'
import { SESSION_RULES } from '../../src/session/options.js'
import { ACCESS_TOKEN_RULES, createTestLogto, TEST_LOGTO_RULES } from '../../src/testing/test-logto.js'
import { createWebhookHandler, WEBHOOK_HANDLER_RULES } from '../../src/webhook/handler.js'

/** A function with options. */
export interface Factory {
  /** By its entry and name. */
  name: string
  rules: Rules
  /** Options that are accepted. They have every object that has options itself, so that each can be spoiled. */
  valid: Readonly<Record<string, unknown>>
  /** Calls it with any value whatever. What it starts is stopped again. */
  call(options: unknown): unknown
  /** The browser's factories neither look into options nor search for the nearest name. */
  isForBrowsers?: boolean
}

/** What a page has its API at; nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9'

const endpoints = { logtoEndpoint: NOWHERE, interaqtEndpoint: NOWHERE }
const controller = {
  findEventSourceByName: () => undefined,
  dispatch: async () => ({}),
  system: { storage: { findOne: async () => undefined } },
}
const seed = {
  users: [{}],
  applications: [{ name: 'Frontend', type: 'SPA' }],
  resources: [{ indicator: 'https://api.example.com' }],
  roles: [{ name: 'reader', scopes: [] }],
  hooks: [{ url: NOWHERE }],
  organizations: [{ name: 'Acme' }],
  organizationRoles: [{ name: 'member' }],
}
const app = { parseUserId: () => undefined, webhook: { signingKey: 'a-key' }, cors: {} }
const settings = { ...endpoints, appId: 'app' }
const logto = new Client(endpoints)
const sync = createLogtoSync({ logto })
const apply = (method: object, self: unknown, ...args: unknown[]): unknown =>
  typeof method === 'function' ? Reflect.apply(method, self, args) : undefined

export const FACTORIES: readonly Factory[] = [
  {
    name: 'browser: Client',
    rules: browserOptions.CLIENT_RULES,
    valid: settings,
    call: (options) => Reflect.construct(browserClient.Client, [options]),
    isForBrowsers: true,
  },
  {
    name: 'browser: signIn',
    rules: browserClient.SIGN_IN_RULES,
    valid: { redirectUri: 'http://app.test/callback' },
    call: (options) => {
      const client = new browserClient.Client(settings)
      return apply(client.signIn, client, options)
    },
    isForBrowsers: true,
  },
  {
    name: 'browser: getAccessToken',
    rules: browserClient.ACCESS_TOKEN_RULES,
    valid: {},
    call: (options) => {
      const client = new browserClient.Client(settings)
      return apply(client.getAccessToken, client, options)
    },
    isForBrowsers: true,
  },
  {
    name: 'browser: post',
    rules: browserCalls.CALL_RULES,
    valid: {},
    call: (options) => {
      const client = new browserClient.Client(settings)
      return apply(client.post, client, '/x', {}, options)
    },
    isForBrowsers: true,
  },
  {
    name: 'browser: interact',
    rules: browserCalls.CALL_RULES,
    valid: {},
    call: (options) => {
      const client = new browserClient.Client(settings)
      return apply(client.interact, client, 'greet', {}, options)
    },
    isForBrowsers: true,
  },
  {
    name: 'browser/session: Client',
    rules: sessionClient.CLIENT_RULES,
    valid: {},
    call: (options) => Reflect.construct(sessionClient.Client, [options]),
    isForBrowsers: true,
  },
  {
    name: 'browser/session: signIn',
    rules: sessionClient.SIGN_IN_RULES,
    valid: {},
    call: (options) => {
      const client = new sessionClient.Client()
      return apply(client.signIn, client, options)
    },
    isForBrowsers: true,
  },
  {
    name: 'server: Client',
    rules: CLIENT_RULES,
    valid: { ...endpoints, issuer: [{ issuer: `${NOWHERE}/oidc` }], keys: {}, management: {} },
    call: (options) => Reflect.construct(Client, [options]),
  },
  {
    name: 'server: verifyAccessToken',
    rules: VERIFY_RULES,
    valid: {},
    call: (options) => apply(logto.verifyAccessToken, logto, 'x', options),
  },
  {
    name: 'server: users',
    rules: USERS_RULES,
    valid: {},
    call: (options) => apply(logto.users, logto, options),
  },
  {
    name: 'server: recentDeliveries',
    rules: DELIVERIES_RULES,
    valid: {},
    call: (options) => apply(logto.recentDeliveries, logto, 'hook', options),
  },
  {
    name: 'server: createParseUserId',
    rules: PARSE_USER_ID_RULES,
    valid: {},
    call: (options) => apply(createParseUserId, undefined, logto, options),
  },
  {
    name: 'webhook: createWebhookHandler',
    rules: WEBHOOK_HANDLER_RULES,
    valid: { signingKey: 'a-key', on: { 'User.Created': () => undefined } },
    call: (options) => apply(createWebhookHandler, undefined, options),
  },
  {
    name: 'interaqt: createLogtoSync',
    rules: SYNC_RULES,
    valid: { logto },
    call: (options) => apply(createLogtoSync, undefined, options),
  },
  {
    name: 'interaqt: replay',
    rules: REPLAY_RULES,
    valid: { hookId: 'hook' },
    call: (options) => apply(sync.replay, sync, options),
  },
  {
    name: 'interaqt: reconcile',
    rules: RECONCILE_RULES,
    valid: {},
    call: (options) => apply(sync.reconcile, sync, options),
  },
  {
    // Not attached, so that it starts nothing.
    name: 'interaqt: schedule',
    rules: SCHEDULE_RULES,
    valid: { hookId: 'hook', replayEvery: 1, reconcile: {} },
    call: (options) => apply(sync.schedule, sync, options),
  },
  {
    name: 'http: createApp',
    rules: APP_RULES,
    valid: app,
    call: (options) => apply(createApp, undefined, controller, options),
  },
  {
    name: 'http: startServer',
    rules: SERVER_RULES,
    valid: { ...app, port: 0 },
    call: async (options) => {
      const server: unknown = await apply(startServer, undefined, controller, options)
      await close(server)
    },
  },
  {
    name: 'http: createDataAPI',
    rules: DATA_API_RULES,
    valid: {},
    call: (options) => apply(createDataAPI, undefined, () => undefined, options),
  },
  {
    name: 'session: createSession',
    rules: SESSION_RULES,
    valid: {
      ...settings,
      appSecret: 'secret',
      cookieSecret: 'x'.repeat(32),
      baseUrl: 'http://localhost:5173',
    },
    call: (options) => apply(createSession, undefined, options),
  },
  {
    name: 'testing: createTestLogto',
    rules: TEST_LOGTO_RULES,
    valid: seed,
    call: (options) => apply(createTestLogto, undefined, options),
  },
  {
    name: 'testing: accessToken',
    rules: ACCESS_TOKEN_RULES,
    valid: {},
    call: async (options) => {
      const test = await testLogto
      return apply(test.accessToken, test, options)
    },
  },
  {
    name: 'embedded: startEmbeddedLogto',
    rules: EMBEDDED_LOGTO_RULES,
    valid: { ...seed, port: 0, log: () => undefined },
    call: async (options) => close(await apply(startEmbeddedLogto, undefined, options)),
  },
]

const testLogto = createTestLogto()

async function close(server: unknown): Promise<void> {
  if (typeof server !== 'object' || server === null || !('close' in server)) return
  if (typeof server.close === 'function') await server.close()
}
