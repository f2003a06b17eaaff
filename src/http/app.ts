import type { Context, Hono, Next } from 'hono'
import type { InteractionController } from '../interaqt/interaqt-model.js'
import { hasSyncAttached } from '../interaqt/model/attached-controllers.js'
import { checkOptions } from '../logto/check-options.js'
import type { Connection } from '../logto/connection.js'
import {
  BOOLEAN,
  FUNCTION,
  integer,
  type OptionRules,
  objectThatCan,
  recordOf,
  required,
} from '../logto/option-rules.js'
import { isError, toError } from '../logto/to-error.js'
import { CALLER_RULES, type CallerOptions, findCaller, findCallerIfAny } from './caller.js'
import { CORS_RULE, type CorsOptions, corsOf } from './cors.js'
import { callDataAPI, type DataAPIs } from './data-api.js'
import { addDefaultHeaders } from './default-headers.js'
import { answerTo } from './error-response.js'
import { HonoApp } from './hono-peer.js'
import { HttpError } from './http-error.js'
import {
  assertInteractionUser,
  INTERACTION_USER,
  type InteractionUserOption,
  interactionUsersOf,
} from './interaction-user.js'
import { interact } from './interactions.js'
import { missedDeliveryOf, orMissedDelivery, warnOfNoWebhook } from './missed-deliveries.js'
import { isResponse, passedOnResponse } from './passed-on-response.js'
import { resourceMetadataOf } from './protected-resource.js'
import { assertQueries, QUERIES_RULE, type QueriesOption } from './queries/queries-option.js'
import { remoteAddressOf } from './remote-address.js'
import { REPORT_RULES, Reporter, type ReportOptions } from './reporter.js'
import { DEFAULT_MAX_BODY_BYTES, readJson } from './request-body.js'
import type { SessionRoutes } from './session-routes.js'
import { WEBHOOK_RULE, type WebhookOptions, webhookRouteOf } from './webhook-route.js'

/** Options of `createApp`. */
export interface AppOptions extends CallerOptions, ReportOptions {
  /**
   * The webhook route; without it there is none. With `sync`, every event goes to `sync.apply`. False where there is a
   * sync and this app takes no events: left out, a line in the log says so at the start.
   */
  webhook?: WebhookOptions | false
  /** Off by default; true allows every origin, without credentials. */
  cors?: boolean | CorsOptions
  /** Data APIs, served as `POST /api/<name>`. */
  apis?: DataAPIs
  /**
   * What Interaqt stores of the caller with each event beside `{ id, logtoId, scopes, organizationId?, actor? }`: names of
   * columns, or a function. Default: nothing. Conditions see every column of the User record without it.
   */
  interactionUser?: InteractionUserOption
  /**
   * What the `query` of a caller may name. Default: what the interaction's `dataPolicy.attributeQuery` names, and `id`;
   * without one `limit` and `offset` alone. Lists by interaction say otherwise: `{ posts: ['text', 'author.name'] }`.
   * `'open'` lets every caller read every column that relations lead to.
   */
  queries?: QueriesOption
  /** Sign-in on the server: `createSession` of the session entry, whose `parseUserId` goes with it. */
  session?: SessionRoutes
  /** Largest accepted body in bytes. Default 1 MiB. */
  maxBodyBytes?: number
  /**
   * Whether the metadata of RFC 9728 is served, and named in the challenge of a 401. Default: true where `parseUserId` is
   * what `createParseUserId(logto)` returned; nowhere else is it known.
   */
  resourceMetadata?: boolean
}

export const APP_RULES = {
  ...CALLER_RULES,
  ...REPORT_RULES,
  webhook: WEBHOOK_RULE,
  cors: CORS_RULE,
  apis: recordOf(FUNCTION),
  interactionUser: INTERACTION_USER,
  queries: QUERIES_RULE,
  session: objectThatCan('what createSession returns', 'mount'),
  maxBodyBytes: integer(1),
  resourceMetadata: BOOLEAN,
} satisfies OptionRules<AppOptions>

export const CONTROLLER_RULES = {
  controller: required(objectThatCan('the Controller of Interaqt', 'dispatch', 'findEventSourceByName')),
}

/**
 * Creates the HTTP app of an Interaqt controller: `POST /interaction/:name`, `POST /interaction`, `POST /api/interaction/:name`,
 * `POST /api/:name`, the webhook, `GET /ping`. Every refusal is `{ error: { code, message } }`.
 *
 * @returns a Hono app, which can be mounted, extended, or run on any runtime that Hono knows.
 * @throws TypeError when two routes claim one path, and for an option that is missing, unknown or of another type; what
 * `sync.assertAttached` throws: SyncError `not_attached`.
 *
 * @example
 * const app = createApp(controller, { parseUserId: createParseUserId(logto), sync, webhook: { signingKey } })
 */
export function createApp(controller: InteractionController, options: AppOptions): Hono {
  checkOptions('createApp', { controller }, CONTROLLER_RULES)
  checkOptions('createApp', options, APP_RULES)
  const { apis = {}, maxBodyBytes = DEFAULT_MAX_BODY_BYTES, resourceMetadata = true } = options
  const userEntity = options.sync ? options.sync.userEntity : (options.userEntity ?? 'User')
  assertInteractionUser(options.interactionUser, { controller, userEntity })
  assertQueries(options.queries, controller)
  assertSync(controller, options)
  const app = new HonoApp()
  const reporter = new Reporter(options)

  const metadata = resourceMetadata ? resourceMetadataOf(options.parseUserId.protectedResource) : undefined

  app.use('*', addDefaultHeaders)
  app.use('*', rethrowAsError)
  // Before `cors`, because everybody may read it.
  metadata?.mount(app)
  if (options.cors) app.use('*', corsOf(options.cors))
  app.use('*', rethrowAsError)
  options.session?.mount(app)
  // Again, inside the session's middleware, which has to see an answer to add its cookie.
  app.use('*', rethrowAsError)
  app.get('/ping', (c) => c.json({ message: 'pong' }))
  const webhook = webhookRouteOf(options, reporter)
  if (webhook) {
    assertFree(webhook.path, apis)
    app.all(webhook.path, (c) => webhook.handle(c.req.raw))
  }
  if (options.sync && options.webhook === undefined) warnOfNoWebhook(options.logger ?? console)

  const interaction = async (c: Context, name: string | undefined) => {
    // The caller first: without a sign-in nobody learns names, and the body is not read.
    const finding = findCaller(controller, options, c.req.raw.headers, connectionOf(c))
    const caller = await orMissedDelivery(finding, c.req.raw, webhook?.path)
    const body = await readJson(c.req.raw, maxBodyBytes)
    const users = await interactionUsersOf(caller, options.interactionUser)
    return c.json(await interact(controller, users, options.queries, name, body))
  }
  app.post('/interaction', (c) => interaction(c, undefined))
  app.post('/interaction/:name', (c) => interaction(c, c.req.param('name')))
  app.post('/api/interaction/:name', (c) => interaction(c, c.req.param('name')))

  app.post('/api/:name', async (c) => {
    const name = c.req.param('name')
    const api = Object.hasOwn(apis, name) ? apis[name] : undefined
    const find = api?.allowAnonymous ? findCallerIfAny : findCaller
    const finding = find(controller, options, c.req.raw.headers, connectionOf(c))
    const caller = await orMissedDelivery(finding, c.req.raw, webhook?.path)
    if (!api) throw new HttpError(404, 'api_unknown', `There is no data API ${JSON.stringify(name)}.`)
    const body = await readJson(c.req.raw, maxBodyBytes)
    return answer(c, await callDataAPI(controller, api, caller, body, c.req.raw))
  })

  app.notFound((c) => {
    const missed = missedDeliveryOf(c.req.raw, 404, webhook?.path)
    if (missed) reporter.refused(missed, c.req.raw, '*')
    return (missed ?? new HttpError(404, 'not_found', 'There is nothing at this path.')).getResponse()
  })
  app.onError((error, c) => {
    const { refusal, response, reported } = answerTo(error)
    reporter.report(reported, refusal, c.req.raw, routeOf(c))
    return metadata?.nameIn(response) ?? response
  })
  return app
}

/** The pattern of the route that a request came to; none of the middleware's, which match everything. */
function routeOf(c: Context): string {
  return c.req.matchedRoutes.findLast(({ path }) => !/^\/?\*$/.test(path))?.path ?? '*'
}

function connectionOf(c: Context): Connection {
  return { remoteAddress: remoteAddressOf(c.env) }
}

function answer(c: Context, result: unknown): Response {
  // As JSON an HTTP client's error would show what it asked another server, and what came back.
  if (isError(result)) throw result
  return isResponse(result) ? passedOnResponse(result) : c.json(result ?? null)
}

// Hono hands only Errors to `onError`; any other thrown value would reject the whole request.
async function rethrowAsError(_: Context, next: Next): Promise<void> {
  try {
    await next()
  } catch (thrown) {
    throw toError(thrown)
  }
}

function assertSync(controller: InteractionController, { sync }: AppOptions): void {
  if (sync) sync.assertAttached?.()
  if (sync !== undefined || !hasSyncAttached(controller)) return
  throw new TypeError(
    'createApp: a sync is attached to this controller, but `sync` is missing, so that new users would be refused: ' +
      'add `sync`, or `sync: false` if this app does without it',
  )
}

function assertFree(path: string, apis: DataAPIs): void {
  const name = /^\/api\/([^/]+)$/.exec(path)?.[1]
  if (name !== undefined && Object.hasOwn(apis, name)) {
    throw new TypeError(`createApp: the webhook and the data API "${name}" both claim ${path}; rename one`)
  }
}
