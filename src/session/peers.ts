import { assertHonoVersion } from '../logto/hono-version.js'
import { optionalPeer } from '../logto/optional-peer.js'

// The HTTP entry loads Hono by a file of its own: a missing peer is reported with the entry that needs it.
const entry = '@yourorg/interaqt-logto/session'

export const { Hono: HonoApp } = await optionalPeer('hono', () => import('hono'), entry)
export const { parse, serialize } = await optionalPeer('hono', () => import('hono/utils/cookie'), entry)
export const { default: LogtoClient } = await optionalPeer('@logto/node', () => import('@logto/node'), entry)

assertHonoVersion(parse, entry)
