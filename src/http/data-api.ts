import type { InteractionController, InteraqtRow } from '../interaqt/interaqt-model.js'
import { checkOptions } from '../logto/check-options.js'
import { isObject } from '../logto/is-object.js'
import { BOOLEAN, FUNCTION, type OptionRule, type OptionRules, required } from '../logto/option-rules.js'
import type { Caller } from './caller.js'
import { HttpError } from './http-error.js'
import { identityFieldsOf } from './interaction-user.js'

/** Type of a declared parameter: a name that `typeof` gives, or a class that creates itself from a JSON value. */
export type DataAPIParam =
  | 'string'
  | 'number'
  | 'boolean'
  | 'object'
  | 'undefined'
  | 'null'
  | { fromValue(value: never): unknown }

/** The parameters of a data API, and whether it serves anonymous callers. */
export interface DataAPIConfig {
  /** Declared parameters: an array by position, an object by name. What is not declared is then refused. */
  params?: readonly DataAPIParam[] | Readonly<Record<string, DataAPIParam>>
  /** True when the body is an object of parameters by name; else it is an array. */
  useNamedParams?: boolean
  /** True when callers without credentials are served too; `context.user` is undefined for them. */
  allowAnonymous?: boolean
}

const PARAM: OptionRule = {
  expected:
    'one of "string", "number", "boolean", "object", "undefined", "null", or a class with a static fromValue',
  accepts: (value) =>
    /^(string|number|boolean|object|undefined|null)$/.test(typeof value === 'string' ? value : '') ||
    typeof Object(value).fromValue === 'function',
}

export const DATA_API_RULES = {
  params: {
    expected: 'an array, or with useNamedParams an object',
    accepts: (value: unknown) => Array.isArray(value) || isObject(value),
    item: PARAM,
    each: PARAM,
  },
  useNamedParams: BOOLEAN,
  allowAnonymous: BOOLEAN,
} satisfies OptionRules<DataAPIConfig>

/** First argument of every data API. */
export interface DataAPIContext<User = InteraqtRow> {
  /** The caller's whole User record; undefined only for an anonymous caller. */
  user: User
  /** The Logto user id. */
  logtoId?: string
  /** Scopes of the access token. */
  scopes: string[]
  organizationId?: string
  /** Who acts for the user: the `act` claim (RFC 8693, section 4.1). */
  actor?: unknown
  /** Claims of the access token; none with the bare id of the original Logto guide. */
  claims?: Readonly<Record<string, unknown>>
  headers: Headers
  /** Aborted when the caller goes away. */
  signal: AbortSignal
}

/** A function that answers `POST /api/<name>`; made by `createDataAPI`, or a plain function of the context alone. */
export interface DataAPI extends DataAPIConfig {
  (this: never, context: never, ...params: never[]): unknown
}

/** Data APIs by the last segment of their path. */
export type DataAPIs = Record<string, DataAPI>

/**
 * Creates a data API, as Interaqt 0.8 had it: `this` is the controller, the first argument the context, then the parameters, or
 * with `useNamedParams` one object of them. Its result is the answer, as JSON; a `Response` goes out as it is.
 *
 * Parameters of a declared type are checked; null and undefined pass. A class is given as itself, its static
 * `fromValue` makes the value. The handle itself stays unchanged and can be used again.
 *
 * @throws TypeError when `handle` takes more parameters than are declared, and for an option that is unknown or of
 * another type.
 *
 * @example
 * createDataAPI(function (this: Controller, { user }, name: string) {
 *   return this.system.storage.find('User', MatchExp.atom({ key: 'name', value: ['=', name] }), undefined, ['id', 'name'])
 * }, { params: ['string'] })
 */
export function createDataAPI<This = InteractionController, Params extends unknown[] = unknown[]>(
  handle: (this: This, context: DataAPIContext<InteraqtRow | undefined>, ...params: Params) => unknown,
  config: DataAPIConfig & { allowAnonymous: true },
): DataAPI
export function createDataAPI<This = InteractionController, Params extends unknown[] = unknown[]>(
  handle: (this: This, context: DataAPIContext, ...params: Params) => unknown,
  config?: DataAPIConfig,
): DataAPI
export function createDataAPI<This, Params extends unknown[]>(
  handle: (this: This, context: never, ...params: Params) => unknown,
  config: DataAPIConfig = {},
): DataAPI {
  checkOptions('createDataAPI', { handle }, { handle: required(FUNCTION) })
  checkOptions('createDataAPI', config, DATA_API_RULES)
  const { params, useNamedParams = false, allowAnonymous = false } = config
  assertDeclared(handle.length, params, useNamedParams)
  function api(this: never, ...args: never[]): unknown {
    return Reflect.apply(handle, this, args)
  }
  return Object.assign(api, { ...(params === undefined ? {} : { params }), useNamedParams, allowAnonymous })
}

/**
 * Runs a data API for a caller.
 *
 * @param body - the request's JSON: an array, or with `useNamedParams` an object; `undefined` is the empty one.
 * @throws HttpError `params_invalid` (400), and what the handle throws.
 */
export async function callDataAPI(
  controller: InteractionController,
  api: DataAPI,
  caller: Caller | undefined,
  body: unknown,
  request: Request,
): Promise<unknown> {
  const context = toContext(caller, request)
  const params = api.useNamedParams ? [namedParams(api.params, body)] : positionalParams(api.params, body)
  return Reflect.apply(api, controller, [context, ...params])
}

function toContext(caller: Caller | undefined, request: Request): DataAPIContext<InteraqtRow | undefined> {
  const { headers, signal } = request
  if (!caller) return { user: undefined, scopes: [], headers, signal }
  const { record, identity } = caller
  const { claims } = identity
  return {
    user: record,
    ...identityFieldsOf(identity),
    ...(claims === undefined ? {} : { claims }),
    headers,
    signal,
  }
}

function assertDeclared(
  handleLength: number,
  params: DataAPIConfig['params'],
  useNamedParams: boolean,
): void {
  if (params !== undefined && Array.isArray(params) === useNamedParams) {
    throw new TypeError(
      `createDataAPI: params must be ${useNamedParams ? 'an object, because useNamedParams is true' : 'an array, or useNamedParams true'}`,
    )
  }
  // `length` counts up to the first default; the context is the first parameter.
  const declared = useNamedParams ? 1 : Array.isArray(params) ? params.length : 0
  if (handleLength > declared + 1) {
    throw new TypeError(
      `createDataAPI: the function takes ${handleLength - 1} parameters after the context, but ${declared} are declared in params`,
    )
  }
}

// An undeclared argument would reach parameters with defaults that the author never meant callers to set.
function positionalParams(declared: DataAPIConfig['params'], body: unknown = []): unknown[] {
  const values = isObject(body) && Object.keys(body).length === 0 ? [] : body
  if (!Array.isArray(values)) throw invalid('The body must be an array of parameters.')
  if (!Array.isArray(declared)) return values
  if (values.length > declared.length) {
    throw invalid(`At most ${declared.length} parameters are expected, got ${values.length}.`)
  }
  return values.map((value, index) => toParam(declared[index], value, `Parameter ${index + 1}`))
}

function namedParams(declared: DataAPIConfig['params'], body: unknown = {}): Record<string, unknown> {
  if (!isObject(body)) throw invalid('The body must be an object of parameters by name.')
  if (!declared) return { ...body }
  const types = new Map<string, DataAPIParam>(Object.entries(declared))
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      const label = `Parameter ${JSON.stringify(name)}`
      if (!types.has(name)) throw invalid(`${label} is not expected.`)
      return [name, toParam(types.get(name), value, label)]
    }),
  )
}

function toParam(type: DataAPIParam | undefined, value: unknown, label: string): unknown {
  if (type === undefined || value === undefined || value === null) return value
  if (typeof type !== 'string') return fromValue(type, value, label)
  if (typeof value === type) return value
  throw invalid(`${label} must be ${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}, got ${typeof value}.`)
}

function fromValue(type: { fromValue(value: never): unknown }, value: unknown, label: string): unknown {
  try {
    return Reflect.apply(type.fromValue, type, [value])
  } catch (cause) {
    throw new HttpError(400, 'params_invalid', `${label} is not valid.`, { cause })
  }
}

function invalid(message: string): HttpError {
  return new HttpError(400, 'params_invalid', message)
}
