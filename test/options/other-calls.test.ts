import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import * as browser from '../../src/browser/index.js'
import * as embedded from '../../src/embedded/index.js'
import * as http from '../../src/http/index.js'
import * as interaqt from '../../src/interaqt/index.js'
import * as react from '../../src/react/index.js'
import * as server from '../../src/server/index.js'
import * as sessionClient from '../../src/session/browser/index.js'
import * as session from '../../src/session/index.js'
import * as testing from '../../src/testing/index.js'
import * as webhook from '../../src/webhook/index.js'
import { openTab } from '../browser/tab.js'
import { FACTORIES } from './factories.js'

const ENTRIES = {
  browser,
  'browser/session': sessionClient,
  embedded,
  http,
  interaqt,
  react,
  server,
  session,
  testing,
  webhook,
}

const LOGTO = 'http://127.0.0.1:3001'
const API = 'http://127.0.0.1:4000'

/** What a handler of a click gets. */
const CLICK = new Event('click')

/** Calls as a program without types makes them, and what they are answered. */
const CALLS: [string, () => unknown, string | RegExp][] = [
  [
    'browser: Client',
    make(browser.Client),
    'logtoEndpoint is empty: set LOGTO_ENDPOINT; appId is empty: set',
  ],
  [
    'browser: Client',
    make(browser.Client, undefined, 'spa', API),
    'logtoEndpoint is empty: set LOGTO_ENDPOINT',
  ],
  ['browser: Client', make(browser.Client, LOGTO, undefined, API), 'appId is empty: set LOGTO_SPA_APP_ID'],
  ['browser: Client', make(browser.Client, LOGTO, 'spa'), 'interaqtEndpoint is empty: set INTERAQT_ENDPOINT'],
  ['browser: Client', make(browser.Client, null), 'logtoEndpoint is empty: set LOGTO_ENDPOINT'],
  ['server: Client', make(server.Client), 'new Client: options must be an object, got undefined'],
  [
    'server: Client',
    make(server.Client, undefined, 'a', 'b', API),
    'logtoEndpoint is empty: set LOGTO_ENDPOINT',
  ],
  ['server: Client', make(server.Client, LOGTO, undefined, 'b', API), 'appId is empty: set LOGTO_M2M_APP_ID'],
  [
    'server: Client',
    make(server.Client, LOGTO, 'a', '', API),
    'appSecret is empty: set LOGTO_M2M_APP_SECRET',
  ],
  ['server: Client', make(server.Client, LOGTO, 'a', 'b'), 'interaqtEndpoint or resource is missing'],
  [
    'server: Client',
    make(server.Client, LOGTO),
    'appId is empty: set LOGTO_M2M_APP_ID; appSecret is empty: set',
  ],
  [
    'server: Client',
    make(server.Client, { logtoEndpoint: LOGTO, interaqtEndpoint: API, appSecret: 'b' }),
    'appId is missing: with appSecret, set LOGTO_M2M_APP_ID too; a Client that only verifies tokens has neither',
  ],
  [
    'server: Client',
    make(server.Client, {
      logtoEndpoint: LOGTO,
      interaqtEndpoint: API,
      appId: undefined,
      appSecret: undefined,
    }),
    'appId is empty: set LOGTO_M2M_APP_ID; appSecret is empty: set LOGTO_M2M_APP_SECRET',
  ],
  [
    'server: createParseUserId',
    call(server.createParseUserId),
    'logto is missing: give the Client of the server',
  ],
  [
    'server: createParseUserId',
    call(server.createParseUserId, {}),
    'logto must be the Client of the server entry',
  ],
  [
    'server: createParseUserId',
    call(server.createParseUserId, verifier(), { requiredOrganization: undefined }),
    'requiredOrganization is missing',
  ],
  ['webhook: createWebhookHandler', call(webhook.createWebhookHandler), 'options must be an object'],
  [
    'webhook: createWebhookHandler',
    call(webhook.createWebhookHandler, { signingKey: undefined }),
    'signingKey is empty: set LOGTO_WEBHOOK_SIGNING_KEY',
  ],
  [
    'webhook: createWebhookHandler',
    call(webhook.createWebhookHandler, { signingKey: 'k', on: { 'User.Create': () => undefined } }),
    'did you mean "User.Created"?',
  ],
  [
    'webhook: toNodeHandler',
    call(webhook.toNodeHandler),
    'handle is missing: it must be what createWebhookHandler',
  ],
  [
    'webhook: toNodeHandler',
    call(webhook.toNodeHandler, () => undefined),
    'handle must be what createWebhookHandler',
  ],
  [
    'webhook: signWebhook',
    call(webhook.signWebhook, 'x', ''),
    'signingKey is empty: set LOGTO_WEBHOOK_SIGNING_KEY',
  ],
  [
    'webhook: verifyWebhook',
    call(webhook.verifyWebhook, 'x', 'a'.repeat(64), undefined),
    'signingKey is empty: set LOGTO_WEBHOOK_SIGNING_KEY',
  ],
  ['webhook: parseWebhookEvent', call(webhook.parseWebhookEvent), 'A webhook event must be a JSON object'],
  ['interaqt: createLogtoSync', call(interaqt.createLogtoSync), 'options must be an object, got undefined'],
  ['interaqt: createLogtoSync', call(interaqt.createLogtoSync, {}), 'logto is missing: give the Client'],
  ['interaqt: schedule', schedule({ replayEvery: 0 }), 'replayEvery must be a number above 0, got 0'],
  ['interaqt: schedule', schedule({ hookId: '', replayEvery: 1 }), 'hookId is empty: set LOGTO_WEBHOOK_ID'],
  ['interaqt: requireScope', call(interaqt.requireScope), 'requireScope needs a scope'],
  ['interaqt: requireScope', call(interaqt.requireScope, undefined), 'scopes must be an array of strings'],
  ['interaqt: requireScope', call(interaqt.requireScope, ['a']), 'scopes must be an array of strings'],
  ['interaqt: requireOrganization', call(interaqt.requireOrganization, undefined), 'organization is missing'],
  ['interaqt: requireOrganization', call(interaqt.requireOrganization, ''), 'organization must be the id'],
  ['http: createApp', call(http.createApp), 'controller is missing: it must be the Controller of Interaqt'],
  ['http: createApp', call(http.createApp, controller()), 'options must be an object, got undefined'],
  [
    'http: createApp',
    call(http.createApp, controller(), {}),
    'parseUserId is missing: createParseUserId(logto)',
  ],
  [
    'http: createApp',
    call(http.createApp, controller(), { parseUserId: () => undefined, webhook: {} }),
    'webhook.signingKey is empty: set LOGTO_WEBHOOK_SIGNING_KEY',
  ],
  [
    'http: startServer',
    call(http.startServer),
    'controller is missing: it must be the Controller of Interaqt',
  ],
  ['http: startServer', call(http.startServer, controller(), {}), 'port is missing'],
  ['http: createDataAPI', call(http.createDataAPI), 'handle is missing: it must be a function'],
  ['session: createSession', call(session.createSession), 'options must be an object, got undefined'],
  ['session: createSession', call(session.createSession, {}), 'cookieSecret is empty: set COOKIE_SECRET'],
  ['testing: buildWebhookEvent', call(testing.buildWebhookEvent), 'name is missing'],
  ['testing: signWebhookEvent', call(testing.signWebhookEvent), 'event is missing'],
  ['testing: signedWebhookRequest', call(testing.signedWebhookRequest, {}), 'options must be an object'],
  ['testing: createTestLogto', call(testing.createTestLogto, null), 'options must be an object, got null'],
  [
    'embedded: startEmbeddedLogto',
    call(embedded.startEmbeddedLogto, null),
    'options must be an object, got null',
  ],
  ['embedded: signInAs', call(embedded.signInAs), 'signInAs'],
  [
    'react: LogtoProvider',
    () => renderToString(createElement<Record<string, unknown>>(Object(react.LogtoProvider))),
    'LogtoProvider needs client={…}',
  ],
  ['react: RequireSignIn', () => rendered(react.RequireSignIn), 'RequireSignIn needs signIn={…}'],
  ['react: useInteraction', () => rendered(() => greeting(undefined)), 'useInteraction needs a name'],
  ['react: useInteraction', () => rendered(() => greeting('')), 'useInteraction needs a name'],
  ['browser: signIn', clientCall('signIn'), 'redirectUri must be an absolute URL, got undefined'],
  ['browser: signIn', clientCall('signIn', CLICK), 'redirectUri must be an absolute URL, got undefined'],
  ['browser: signIn', clientCall('signIn', null), 'redirectUri must be an absolute URL, got undefined'],
  ['browser: signOut', clientCall('signOut', { returnTo: '/' }), 'signOut needs a path or URL'],
  ['browser: signOut', clientCall('signOut', 7), 'signOut needs a path or URL'],
  ['browser/session: signOut', sessionCall('signOut', { returnTo: '/' }), 'signOut needs a path or URL'],
  ['http: close', closing(null), 'close: options must be an object, got null'],
  ['http: close', closing(() => undefined), 'close: options must be an object, got a function'],
  ['http: close', closing({ grace: 1 }), 'grace is no option: did you mean graceMs?'],
  [
    'http: close',
    closing({ graceMs: '1s' }),
    'close: graceMs must be an integer from 0 to 2147483647, got "1s"',
  ],
]

/** What has no options, and only passes on what it gets. */
const WITHOUT_OPTIONS = [
  'interaqt: refuseImpersonation',
  'react: useLogto',
  'webhook: isTestDelivery',
  'webhook: userIdOf',
  'webhook: userOf',
]

beforeAll(() => {
  openTab('http://app.test/')
})
afterAll(() => {
  vi.unstubAllGlobals()
})

describe('a call without types', () => {
  it.each(CALLS)('%s %#: says what is missing', async (_, attempt, message) => {
    const failure = await Promise.resolve()
      .then(attempt)
      .then(
        () => undefined,
        (error: unknown) => error,
      )
    expect(failure).toBeInstanceOf(Error)
    expect(failure).toHaveProperty('message', expect.stringContaining(String(message)))
  })

  it('browser/session: Client and signIn need nothing', () => {
    expect(sessionClient.Client.prototype.signIn).toHaveLength(0)
  })
})

it('every function of every entry is called by these tests', () => {
  const called = new Set([...FACTORIES.map(({ name }) => name), ...CALLS.map(([name]) => name)])
  const exported = Object.entries(ENTRIES).flatMap(([entry, names]) =>
    Object.entries(names)
      .filter(([, value]) => typeof value === 'function' && !(Object(value).prototype instanceof Error))
      .map(([name]) => `${entry}: ${name}`),
  )
  expect(exported.length).toBeGreaterThan(20)
  expect(exported.filter((name) => !called.has(name)).sort()).toEqual(WITHOUT_OPTIONS)
})

function call(method: object, ...args: unknown[]): () => unknown {
  return () => Reflect.apply(Object(method), undefined, args)
}

function make(type: object, ...args: unknown[]): () => unknown {
  return () => Reflect.construct(Object(type), args)
}

/** Renders a component without props below a provider. */
function rendered(component: object): string {
  const client = new browser.Client(LOGTO, 'spa', API)
  const child = createElement<Record<string, unknown>>(Object(component))
  return renderToString(createElement(react.LogtoProvider, { client }, child))
}

function greeting(name: unknown): string {
  return String(Reflect.apply(Object(react.useInteraction), undefined, [name]))
}

function clientCall(method: 'signIn' | 'signOut', ...args: unknown[]): () => unknown {
  return () => {
    const client = new browser.Client(LOGTO, 'spa', API)
    return Reflect.apply(Object(client[method]), client, args)
  }
}

function sessionCall(method: 'signIn' | 'signOut', ...args: unknown[]): () => unknown {
  return () => {
    const client = new sessionClient.Client()
    return Reflect.apply(Object(client[method]), client, args)
  }
}

function closing(options: unknown): () => unknown {
  return async () => {
    const running = await http.startServer(quietController, { port: 0, parseUserId: () => undefined })
    try {
      await Reflect.apply(running.close, running, [options])
    } finally {
      await running.close({ graceMs: 0 })
    }
  }
}

const quietController = {
  findEventSourceByName: () => undefined,
  dispatch: async () => ({}),
  system: { storage: { findOne: async () => undefined } },
}

function schedule(options: object): () => unknown {
  const logto = new server.Client({ logtoEndpoint: LOGTO, interaqtEndpoint: API })
  const sync = interaqt.createLogtoSync({ logto })
  return () => Reflect.apply(sync.schedule, sync, [options])
}

function verifier() {
  return { verifyJWTForAPI: () => Promise.reject(new Error('not called')) }
}

function controller() {
  return { dispatch: async () => ({}), findEventSourceByName: () => undefined }
}
