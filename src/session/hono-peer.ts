import { optionalPeer } from '../logto/optional-peer.js'

const entry = '@yourorg/interaqt-logto/session'

export const { Hono: HonoApp } = await optionalPeer('hono', () => import('hono'), entry)
export const { parse, serialize } = await optionalPeer('hono', () => import('hono/utils/cookie'), entry)
