import type { z } from 'zod/v3'
import type { Table } from '../records/table.js'
import type { LogtoState } from '../state/state.js'
import { paged } from './pagination.js'
import {
  created,
  del,
  get,
  noContent,
  ok,
  patch,
  post,
  type Route,
  type RouteContext,
  type RouteResult,
} from './router.js'

/** What one kind of row has of its own; {@link collectionRoutes} does the rest. */
export interface Collection<Row extends { id: string; name: string }, New, Change> {
  /** Path of the list, such as `/roles`; one row is at `/:id` below it. */
  path: string
  rows(state: LogtoState): Table<Row, New>
  /** Body of the POST. */
  newRow: z.ZodType<New, z.ZodTypeDef, unknown>
  /** Body of the PATCH. */
  change: z.ZodType<Change, z.ZodTypeDef, unknown>
  /** First part of the webhook events' names, such as `Role` of `Role.Created`. Default: no event. */
  event?: string
  /** Answers the list. Default: every row, oldest first, in pages. */
  list?(context: RouteContext): RouteResult
  /** Returns a row as answers and events show it. Default: as it is. */
  show?(row: Row, context: RouteContext): unknown
  /** Adds a row. Default: the body with Logto's defaults. */
  create?(fields: New, context: RouteContext): Row
  /** Answers the POST. Default: 201 with the row. */
  answerCreated?(row: Row): RouteResult
  /** Changes a row. Default: lays the body over it. */
  update?(row: Row, change: Change, context: RouteContext): void
  /** Removes what other rows keep of a row that is deleted. */
  detach?(row: Row, context: RouteContext): void
}

/**
 * The routes that most kinds of rows have: list, create, read, change and delete, with their webhooks. A row that does
 * not exist is answered with 404, a body that does not fit with `guard.invalid_input`.
 */
export function collectionRoutes<Row extends { id: string; name: string }, New, Change extends object>(
  collection: Collection<Row, New, Change>,
): Route[] {
  const { path, event } = collection
  const rowOf = (context: RouteContext): Row => context.row(collection.rows(context.state))
  const show = (row: Row, context: RouteContext): unknown => collection.show?.(row, context) ?? row
  const emit = (context: RouteContext, kind: string, data?: unknown): void => {
    if (event !== undefined) context.emit(`${event}.${kind}`, { ...(data !== undefined && { data }) })
  }
  const all = (context: RouteContext): RouteResult =>
    paged(context, [...collection.rows(context.state).values()], (row) => show(row, context))

  return [
    get(path, collection.list ?? all),
    post(path, (context) => {
      const fields = context.read(collection.newRow)
      const row = collection.create?.(fields, context) ?? collection.rows(context.state).add(fields)
      emit(context, 'Created', show(row, context))
      return collection.answerCreated?.(row) ?? created(show(row, context))
    }),
    get(`${path}/:id`, (context) => ok(show(rowOf(context), context))),
    patch(`${path}/:id`, (context) => {
      const change = context.read(collection.change)
      const row = rowOf(context)
      if (collection.update) collection.update(row, change, context)
      else Object.assign(row, change)
      emit(context, 'Data.Updated', show(row, context))
      return ok(show(row, context))
    }),
    del(`${path}/:id`, (context) => {
      const row = rowOf(context)
      collection.detach?.(row, context)
      collection.rows(context.state).delete(row.id)
      emit(context, 'Deleted')
      return noContent()
    }),
  ]
}
