import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { Controller, createDataAPI, MonoSystem, startServer } from '@interaqt/runtime'
import { MatchExp } from '@interaqt/storage'
import { AuthError, Client, createParseUserId } from '@yourorg/interaqt-logto/server'
import { createWebhookHandler, toNodeHandler } from '@yourorg/interaqt-logto/webhook'
import { PGLiteDB, quietLogger } from './database.js'
import { FriendRequest, sendFriendRequest, User } from './model.js'
import { writeOneAtATime } from './one-at-a-time.js'
import { UserRecords } from './user-records.js'

const {
  LOGTO_ENDPOINT = 'http://127.0.0.1:3001',
  LOGTO_M2M_APP_ID = '',
  LOGTO_M2M_APP_SECRET = '',
  LOGTO_WEBHOOK_SIGNING_KEY = '',
  PORT = '4000',
  INTERAQT_ENDPOINT = `http://127.0.0.1:${PORT}`,
  WEBHOOK_PORT = '4001',
  DATA_DIRECTORY,
} = process.env
const HOST = '127.0.0.1'

const isNew = DATA_DIRECTORY === undefined || !existsSync(DATA_DIRECTORY)

const logto = new Client(LOGTO_ENDPOINT, LOGTO_M2M_APP_ID, LOGTO_M2M_APP_SECRET, INTERAQT_ENDPOINT)
const system = new MonoSystem(new PGLiteDB(DATA_DIRECTORY), quietLogger)
const controller = new Controller(system, [User], [FriendRequest], [], [sendFriendRequest])
// `true` makes the tables; this runtime cannot alter those of an earlier model.
await controller.setup(isNew)
const users = new UserRecords(controller, logto, writeOneAtATime(controller))

// This runtime looks the caller up by Interaqt's own id and knows no suspension, so both are seen to here.
const parseIdentity = createParseUserId(logto)
async function parseUserId(
  headers: Record<string, string | string[] | undefined>,
): Promise<string | undefined> {
  const { userId } = await parseIdentity(headers).catch((error: unknown) => {
    // The runtime sends a thrown message to the caller; an AuthError's own is for the operator.
    if (!(error instanceof AuthError)) throw error
    console.warn(`${error.code}: ${error.message}`)
    throw { statusCode: error.status, message: error.publicMessage, headers: error.headers }
  })
  const record = await users.ensure(userId)
  if (record?.status === 'suspended') throw { statusCode: 403, message: 'This user is suspended' }
  return record?.status === 'active' ? record.id : undefined
}

const apis = {
  whoAmI: createDataAPI(async ({ user }) => ({ id: user.id, username: user.username }), { params: [] }),
  findUsers: createDataAPI(
    async function (_, username: string) {
      const match = MatchExp.atom({ key: 'username', value: ['=', username] })
      return this.system.storage.find('User', match, undefined, ['id', 'username'])
    },
    { params: ['string'] },
  ),
  receivedRequests: createDataAPI(
    async function ({ user }) {
      const match = MatchExp.atom({ key: 'id', value: ['=', user.id] })
      const attributes = ['id', ['receivedRequests', { attributeQuery: ['id', 'username'] }]]
      const record = await this.system.storage.findOne('User', match, undefined, attributes)
      return record?.receivedRequests ?? []
    },
    { params: [] },
  ),
}

await startServer(
  controller,
  { port: Number(PORT), host: HOST, parseUserId, logger: { level: 'warn' } },
  apis,
)

// A data API of this runtime sees neither headers nor the raw body, so it cannot check a signature. The webhook has a
// small listener of its own: http://127.0.0.1:4001/api/syncUser is the URL for Logto's console.
const webhook = toNodeHandler(
  createWebhookHandler({ signingKey: LOGTO_WEBHOOK_SIGNING_KEY, onAny: (event) => users.apply(event) }),
)
const webhookServer = createServer((request, response) => {
  if (request.url === '/api/syncUser') void webhook(request, response)
  else response.writeHead(404).end()
})
webhookServer.listen(Number(WEBHOOK_PORT), HOST, () => {
  console.log(`API http://${HOST}:${PORT}, webhook http://${HOST}:${WEBHOOK_PORT}/api/syncUser`)
})
