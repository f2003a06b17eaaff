import { z } from 'zod/v3'
import { jsonResponse, textResponse } from '../http/bodies.js'
import type { LogtoState } from '../state/state.js'
import { invalidBody, notFound, orNotFound } from './errors.js'

/** Rows that a path or a body names by their ids. */
interface Rows<Row> {
  get(id: string): Row | undefined
}

/** What a route works with: the state, and one request. */
export class RouteContext {
  readonly state: LogtoState
  readonly url: URL
  readonly params: Readonly<Record<string, string>>
  /** The parsed JSON body; undefined when there is none. */
  readonly body: unknown
  /** The webhooks to send once the request has succeeded. */
  readonly events: [name: string, fields: Record<string, unknown>][] = []

  constructor(state: LogtoState, url: URL, params: Record<string, string>, body: unknown) {
    this.state = state
    this.url = url
    this.params = params
    this.body = body
  }

  get query(): URLSearchParams {
    return this.url.searchParams
  }

  /** Returns a parameter that the route's path is known to have. */
  param(name: string): string {
    const value = this.params[name]
    if (value === undefined) throw new Error(`the route has no parameter ${name}`)
    return value
  }

  /**
   * Returns the row that the path names.
   *
   * @throws ManagementRefusal 404.
   */
  row<Row>(rows: Rows<Row>, name = 'id'): Row {
    return orNotFound(rows.get(this.param(name)))
  }

  /**
   * Returns the body as its schema reads it.
   *
   * @throws ManagementRefusal `guard.invalid_input`.
   */
  read<Output>(schema: z.ZodType<Output, z.ZodTypeDef, unknown>): Output {
    return parseBody(schema, this.body)
  }

  /**
   * Returns the ids that the body lists under `name`.
   *
   * @param rows - where each of them must exist.
   * @throws ManagementRefusal `guard.invalid_input`, or 404.
   */
  ids(name: string, rows: Rows<unknown>): string[] {
    const listed = this.read(z.object({ [name]: ids }))[name] ?? []
    for (const id of listed) orNotFound(rows.get(id))
    return listed
  }

  /** Sends a webhook once the request has succeeded, with the request's own fields added. */
  emit(event: string, fields: Record<string, unknown> = {}): void {
    this.events.push([event, fields])
  }
}

/** A list of ids that a body carries. */
export const ids = z.string().min(1).array()

/**
 * Returns a body as its schema reads it.
 *
 * @throws ManagementRefusal `guard.invalid_input` with zod's issues, which are what Logto answers.
 */
export function parseBody<Output>(schema: z.ZodType<Output, z.ZodTypeDef, unknown>, body: unknown): Output {
  const result = schema.safeParse(body)
  if (!result.success) throw invalidBody(result.error)
  return result.data
}

/** A route's answer. A string body is sent as plain text, as Koa does. */
export interface RouteResult {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

type Handle = (context: RouteContext) => RouteResult | Promise<RouteResult>

/** One route of the Management API; `path` has no `/api` prefix and `:name` parameters. */
export interface Route {
  method: string
  path: string
  handle: Handle
}

const route =
  (method: string) =>
  (path: string, handle: Handle): Route => ({ method, path, handle })

export const get = route('GET')
export const post = route('POST')
export const put = route('PUT')
export const patch = route('PATCH')
export const del = route('DELETE')

/** 200 with a JSON body. */
export const ok = (body: unknown, headers: Record<string, string> = {}): RouteResult => ({
  status: 200,
  body,
  headers,
})

/** 201 with a JSON body, or else with Koa's reason phrase (recordings/mgmt/role-assign-users-by-role.json). */
export const created = (body: unknown = 'Created'): RouteResult => ({ status: 201, body })

/** 204. */
export const noContent = (): RouteResult => ({ status: 204 })

/**
 * Removes an id or a key from a set or a map.
 *
 * @returns 204.
 * @throws ManagementRefusal 404 when it is not in there.
 */
export function removeFrom(rows: { delete(id: string): boolean }, id: string): RouteResult {
  if (!rows.delete(id)) throw notFound()
  return noContent()
}

/** A route that fits, or the methods that the path knows. */
export type Match = { route: Route; params: Record<string, string> } | { allowed: string[] } | undefined

/** Finds the route of a request, or which methods its path allows, or nothing. */
export function matchRoute(routes: readonly Route[], method: string, pathname: string): Match {
  const segments = pathname.split('/')
  const fitting = routes.flatMap((route) => {
    const params = paramsOf(route.path.split('/'), segments)
    return params ? [{ route, params }] : []
  })
  if (fitting.length === 0) return undefined
  const wanted = method === 'HEAD' ? 'GET' : method
  const match = fitting.find(({ route }) => route.method === wanted)
  if (match) return match
  return {
    allowed: fitting.flatMap(({ route }) => (route.method === 'GET' ? ['HEAD', 'GET'] : [route.method])),
  }
}

/** Turns a route's answer into a response. */
export function toResponse({ status, body, headers }: RouteResult): Response {
  if (body === undefined) return new Response(null, { status })
  return typeof body === 'string' ? textResponse(body, status) : jsonResponse(body, status, headers)
}

function paramsOf(pattern: string[], segments: string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? ''
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(segment)
    else if (part !== segment) return undefined
  }
  return params
}
