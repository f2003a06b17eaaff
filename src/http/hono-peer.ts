import { assertHonoVersion } from '../logto/hono-version.js'
import { optionalPeer } from '../logto/optional-peer.js'

const entry = '@yourorg/interaqt-logto/http'

export const { Hono: HonoApp } = await optionalPeer('hono', () => import('hono'), entry)
export const { HTTPException } = await optionalPeer('hono', () => import('hono/http-exception'), entry)
export const { cors } = await optionalPeer('hono', () => import('hono/cors'), entry)
export const { getRequestListener } = await optionalPeer(
  '@hono/node-server',
  () => import('@hono/node-server'),
  entry,
)

const { parse } = await optionalPeer('hono', () => import('hono/utils/cookie'), entry)
assertHonoVersion(parse, entry)
