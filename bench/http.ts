import { Client, createParseUserId } from '../src/server/index.js'
import { createSigningKey, RESOURCE, signToken, userClaims } from '../test/support/issuer.js'
import { serveInteraction, startLoad } from './interaction-load.js'
import { interleaved, median, ratioOf, spreadOf } from './interleaved.js'

// What a verified token adds to POST /interaction/:name.  npx tsx bench/http.ts

const ISSUER = 'http://127.0.0.1:3001/oidc'
const WANTED = 0.9
const REQUESTS = 2_000

const key = await createSigningKey('ES384')
const token = await signToken(key, userClaims(ISSUER))
const logto = new Client({
  logtoEndpoint: 'http://127.0.0.1:3001',
  resource: RESOURCE,
  fetch: async () => Response.json({ issuer: ISSUER, jwks_uri: `${ISSUER}/jwks`, keys: [key.publicJwk] }),
})
const load = startLoad()
const headers = [`authorization: Bearer ${token}`]
const verified = await serveInteraction(load, REQUESTS, { parseUserId: createParseUserId(logto) }, headers)
const constant = await serveInteraction(load, REQUESTS, { parseUserId: () => 'fqxs9dd65si6' }, headers)
const [ours, theirs] = await interleaved(verified.load, constant.load, 25)
load.kill()
await Promise.all([verified.close(), constant.close()])

// The clock counts the load's time too, and whatever else the machine does.
const ratio = ratioOf('cpuRate', ours, theirs)
const [low, high] = spreadOf('cpuRate', ours, theirs)
const [ourRate, theirRate] = [ours, theirs].map((rounds) =>
  Math.round(median(rounds.map(({ rate }) => rate))),
)
console.log(
  `POST /interaction/:name with a warm token, against parseUserId that returns a constant: ${ratio.toFixed(2)} by CPU ` +
    `time (wanted ${WANTED}, half of ${ours.length} rounds ${low.toFixed(2)} to ${high.toFixed(2)}); by the clock ` +
    `${ratioOf('rate', ours, theirs).toFixed(2)}, ${ourRate}/s to ${theirRate}/s`,
)
if (ratio < WANTED) process.exitCode = 1
