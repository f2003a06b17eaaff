import { z } from 'zod/v3'
import type { LogtoState } from '../state/state.js'
import { invalidBody, JSON_HEADERS } from './errors.js'

/** What a route works with. */
export interface RouteContext {
  state: LogtoState
  url: URL
  params: Record<string, string>
  query: URLSearchParams
  /** The parsed JSON body; undefined when there is none. */
  body: unknown
  /** Fires a webhook once the request has succeeded, with the request's own fields added. */
  emit(event: string, fields?: Record<string, unknown>): void
}

/** A route's answer. A string body is sent as plain text, as Koa does. */
export interface RouteResult {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

/** One route of the Management API; `path` has no `/api` prefix and `:name` parameters. */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  handle(context: RouteContext): RouteResult | Promise<RouteResult>
}

/** A route that fits, or the methods that the path knows. */
export type Match = { route: Route; params: Record<string, string> } | { allowed: string[] } | undefined

/** 200 with a JSON body. */
export const ok = (body: unknown, headers?: Record<string, string>): RouteResult => ({
  status: 200,
  body,
  ...(headers && { headers }),
})

/** 201 with a JSON body. */
export const created = (body: unknown): RouteResult => ({ status: 201, body })

/** 201 with Koa's reason phrase as plain text (recordings/mgmt/role-assign-users-by-role.json). */
export const createdText = (): RouteResult => ({ status: 201, body: 'Created' })

/** 204. */
export const noContent = (): RouteResult => ({ status: 204 })

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
  return (
    match ?? {
      allowed: fitting.flatMap(({ route }) => (route.method === 'GET' ? ['HEAD', 'GET'] : [route.method])),
    }
  )
}

/** Turns a route's answer into a response. */
export function toResponse({ status, body, headers }: RouteResult): Response {
  if (body === undefined) return new Response(null, { status, ...(headers && { headers }) })
  if (typeof body === 'string') {
    return new Response(body, {
      status,
      headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
    })
  }
  return Response.json(body, { status, headers: { ...JSON_HEADERS, ...headers } })
}

/**
 * The body as its schema reads it.
 *
 * @throws ManagementRefusal `guard.invalid_input` with zod's issues, which are what Logto answers.
 */
export function parseBody<Schema extends z.ZodTypeAny>(
  context: RouteContext,
  schema: Schema,
): z.output<Schema> {
  const result = schema.safeParse(context.body)
  if (!result.success) throw invalidBody(result.error)
  return result.data
}

/** A parameter that the route's path is known to have. */
export function param(context: RouteContext, name: string): string {
  const value = context.params[name]
  if (value === undefined) throw new Error(`the route has no parameter ${name}`)
  return value
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

/** A list of ids that a body carries. */
export const ids = z.string().min(1).array()
