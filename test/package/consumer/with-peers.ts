// Compiled against the packed tarball, in a project that has the optional peers.

import { Client as SessionClient } from '@yourorg/interaqt-logto/browser/session'
import { startEmbeddedLogto } from '@yourorg/interaqt-logto/embedded'
import { createApp, createDataAPI, type InteraqtController, startServer } from '@yourorg/interaqt-logto/http'
import { createLogtoSync, requireScope } from '@yourorg/interaqt-logto/interaqt'
import { LogtoProvider, RequireSignIn, useInteraction, useLogto } from '@yourorg/interaqt-logto/react'
import { Client, createParseUserId } from '@yourorg/interaqt-logto/server'
import { createSession } from '@yourorg/interaqt-logto/session'
import { createTestLogto } from '@yourorg/interaqt-logto/testing'
import type { Hono } from 'hono'

declare const controller: InteraqtController
const logto = new Client('http://127.0.0.1:3001', 'm2m', 'secret', 'http://127.0.0.1:4000')
const sync = createLogtoSync({ logto, mapUser: (user) => ({ username: user.username }) })
const parseUserId = createParseUserId(logto)
export const app: Hono = createApp(controller, { parseUserId, sync, webhook: { signingKey: 'key' } })
export const server: Promise<{ url: string; close(): Promise<void> }> = startServer(controller, {
  port: 4000,
  parseUserId,
  sync,
})
export const whoAmI = createDataAPI(({ user }) => ({ username: user.username }))
// @ts-expect-error a server needs somebody who says who calls
export const withoutParseUserId: Promise<unknown> = startServer(controller, { port: 4000 })
// @ts-expect-error what the sync asks of Logto needs a Client
export const withoutLogto: unknown = createLogtoSync({})
export const condition: unknown = requireScope('interaction:write')
export const testLogto: Promise<string> = createTestLogto().then((test) => test.accessToken({ sub: 'alice' }))
export const embeddedUrl: Promise<string> = startEmbeddedLogto({ port: 0 }).then(({ url }) => url)
export const react: unknown[] = [LogtoProvider, RequireSignIn, useInteraction, useLogto]
export const session: [typeof createSession, typeof SessionClient] = [createSession, SessionClient]
