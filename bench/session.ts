import { createStorage } from 'unstorage'
import { Client, createParseUserId } from '../src/server/index.js'
import {
  ALICE,
  BASE_URL,
  createApplication,
  signedIn,
  startLogto,
} from '../test/session/support/application.js'
import { createSigningKey, RESOURCE, signToken, userClaims } from '../test/support/issuer.js'
import { serveInteraction, startLoad } from './interaction-load.js'
import { interleaved, median, ratioOf } from './interleaved.js'

// What a session costs in POST /interaction/:name, against a bearer token that was verified before.
// npx tsx bench/session.ts

const WANTED = 0.8
const REQUESTS = 5_000

const logto = await startLogto()
const load = startLoad()
const bearer = await withBearerToken()
for (const [name, options] of [
  ['in the cookie', {}],
  ['in a store (memory)', { store: createStorage() }],
] as const) {
  const application = createApplication(logto.url, options)
  const browser = await signedIn(application, ALICE)
  const { parseUserId } = application.session
  const session = await serveInteraction(load, REQUESTS, { parseUserId, session: application.session }, [
    `cookie: ${browser.cookieHeader(BASE_URL)}`,
    `origin: ${BASE_URL}`,
    'sec-fetch-site: same-origin',
  ])
  const [ours, theirs] = await interleaved(session.load, bearer.load, 15)
  await session.close()
  const ratio = ratioOf('rate', ours, theirs)
  const cpuRatio = ratioOf('cpuRate', ours, theirs)
  const [ourRate, theirRate] = [ours, theirs].map((rounds) =>
    Math.round(median(rounds.map(({ rate }) => rate))),
  )
  console.log(
    `POST /interaction/:name with a session ${name}, against a warm bearer token: ${ratio.toFixed(2)} ` +
      `(wanted ${WANTED}): ${ourRate}/s to ${theirRate}/s; by CPU time ${cpuRatio.toFixed(2)}`,
  )
  if (Math.max(ratio, cpuRatio) < WANTED) process.exitCode = 1
}
load.kill()
await Promise.all([bearer.close(), logto.close()])

async function withBearerToken() {
  const issuer = 'http://127.0.0.1:3001/oidc'
  const key = await createSigningKey('ES384')
  const token = await signToken(key, userClaims(issuer))
  const client = new Client({
    logtoEndpoint: 'http://127.0.0.1:3001',
    resource: RESOURCE,
    fetch: async () => Response.json({ issuer, jwks_uri: `${issuer}/jwks`, keys: [key.publicJwk] }),
  })
  return serveInteraction(load, REQUESTS, { parseUserId: createParseUserId(client) }, [
    `authorization: Bearer ${token}`,
  ])
}
