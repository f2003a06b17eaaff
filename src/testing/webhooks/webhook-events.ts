import { checkOptions } from '../../logto/check-options.js'
import type { LogtoUser, WebhookEventName } from '../../logto/index.js'
import { isObject } from '../../logto/is-object.js'
import { ANYTHING, ENDPOINT, OBJECT, required, STRING } from '../../logto/option-rules.js'
import { type LogtoWebhookEvent, parseWebhookEvent, type WebhookEventMap } from '../../webhook/index.js'
import { parseSigningKey } from '../../webhook/signature.js'
import { LOGTO_VERSION, type LogtoVersion } from '../records/logto-version.js'
import { type SignedWebhook, signDelivery } from './signed-webhook.js'
import { templateOf } from './webhook-templates.js'

/**
 * Fields of an event's subject: those of its user, role, scope or organization; the `id` of
 * what was deleted; the scopes of a `Scopes.Updated`; the event's own fields where it has no such subject.
 */
export type WebhookEventData<Name extends WebhookEventName> = Name extends `Post${string}` | `User.${string}`
  ? Partial<LogtoUser>
  : Name extends `${string}.Deleted`
    ? { id?: string }
    : [DataOf<Name>] extends [never]
      ? WebhookEventOverrides<Name>
      : DataOf<Name> extends unknown[]
        ? DataOf<Name>
        : Partial<DataOf<Name>>

type DataOf<Name extends WebhookEventName> = WebhookEventMap[Name] extends { data?: infer Data }
  ? NonNullable<Data>
  : never

/** Fields of the event itself; `undefined` leaves a field out. */
export type WebhookEventOverrides<Name extends WebhookEventName> = {
  [Field in Exclude<keyof WebhookEventMap[Name], 'event'>]?: WebhookEventMap[Name][Field] | undefined
}

const EVENT_RULES = { name: required(STRING), version: LOGTO_VERSION }
const SIGNED_RULES = { event: required(OBJECT) }
// A wrong key is a WebhookError.
const REQUEST_RULES = { signingKey: ANYTHING, url: ENDPOINT }

/**
 * Returns an event as Logto sends it: a recorded one (for six kinds one after Logto's documentation) with the caller's data in
 * it. A new id is also put where Logto repeats it: `userId`, `params`, `path`.
 *
 * @param data - fields of the event's subject, laid over the recorded ones.
 * @param overrides - fields of the event, such as `hookId`, `createdAt` (ISO 8601) or another cause's `path`.
 * @param version - the Logto that sends it; default the release.
 *
 * @example
 * const event = buildWebhookEvent('User.Created', { id: 'abcdefghijkl', username: 'ann' })
 */
export function buildWebhookEvent<Name extends WebhookEventName>(
  name: Name,
  data?: WebhookEventData<Name>,
  overrides: WebhookEventOverrides<Name> = {},
  version: LogtoVersion = '1.42.0',
): WebhookEventMap[Name] {
  checkOptions('buildWebhookEvent', { name, version }, EVENT_RULES)
  const { subject, body } = templateOf(name)
  const recorded: Record<string, unknown> = JSON.parse(body)
  if (version === '1.42.0') removeNewerFields(recorded[subject])
  const withData = data === undefined ? recorded : withSubject(recorded, subject, data)
  // Through JSON, as it arrives: a field that is undefined is left out.
  const event = parseWebhookEvent(JSON.parse(JSON.stringify({ ...withData, ...overrides })))
  if (!isNamed(event, name)) throw new Error(`The template of ${name} is of ${event.event}`)
  return event
}

/** Signs an event with a hook's key. @throws WebhookError `signing_key_invalid` for a key that no hook has. */
export function signWebhookEvent(event: LogtoWebhookEvent, signingKey: string): SignedWebhook {
  checkOptions('signWebhookEvent', { event }, SIGNED_RULES)
  return signDelivery(event, parseSigningKey(signingKey))
}

/**
 * Returns the request that delivers an event.
 *
 * @example
 * const response = await handle(signedWebhookRequest(buildWebhookEvent('PostSignIn'), { signingKey }))
 */
export function signedWebhookRequest(
  event: LogtoWebhookEvent,
  options: { signingKey: string; url?: string },
): Request {
  checkOptions('signedWebhookRequest', options, REQUEST_RULES)
  const { signingKey, url = 'http://127.0.0.1:4000/api/syncUser' } = options
  return new Request(url, { method: 'POST', ...signWebhookEvent(event, signingKey) })
}

type Json = Record<string, unknown>

function withSubject(recorded: Json, subject: 'data' | 'user' | 'params' | 'event', data: object): Json {
  if (subject === 'event') return { ...recorded, ...data }
  if (subject === 'params') return withId(recorded, lastIdOf(recorded.params), idOf(data))
  const before = recorded[subject]
  if (Array.isArray(data)) return { ...recorded, data }
  const after = { ...(isObject(before) ? before : {}), ...data }
  return withId({ ...recorded, [subject]: after }, idOf(before), idOf(data))
}

// The templates are of the development version, whose users have one field more (docs/facts.md, "Versions").
function removeNewerFields(subject: unknown): void {
  if (isObject(subject)) delete subject.cimdClientId
}

// Logto repeats a subject's id in the event's own `userId` and, under the Management API, in path and parameters.
function withId(event: Json, before: string | undefined, after: string | undefined): Json {
  if (before === undefined || after === undefined) return event
  const replaced = (value: unknown) => (typeof value === 'string' ? value.replace(before, after) : value)
  const { params } = event
  return {
    ...event,
    ...('userId' in event && { userId: replaced(event.userId) }),
    ...('path' in event && { path: replaced(event.path) }),
    ...(isObject(params) && {
      params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, replaced(value)])),
    }),
  }
}

// Of /resources/:resourceId/scopes/:scopeId the scope was deleted.
function lastIdOf(params: unknown): string | undefined {
  const last = isObject(params) ? Object.values(params).at(-1) : undefined
  return typeof last === 'string' ? last : undefined
}

function idOf(value: unknown): string | undefined {
  return isObject(value) && typeof value.id === 'string' ? value.id : undefined
}

function isNamed<Name extends WebhookEventName>(
  event: LogtoWebhookEvent,
  name: Name,
): event is WebhookEventMap[Name] {
  return event.event === name
}
