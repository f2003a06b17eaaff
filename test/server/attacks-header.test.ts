import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningServer, startServer } from '../../src/http/index.js'
import { AuthError, createParseUserId, type RequestHeaders } from '../../src/server/index.js'
import { forge, signedBy } from '../support/forge.js'
import { exchange, requestHead } from '../support/raw-http.js'
import { AttackScene } from './attack-scene.js'

let scene: AttackScene
beforeAll(async () => {
  scene = await AttackScene.open()
})
afterAll(() => scene.close())

const forged = () => forge(scene.header(), scene.claims(), signedBy(scene.attackersKey))

/** One value of the Authorization header, with a good token in it. */
const values: [name: string, value: (good: string) => string, answer: string][] = [
  ['Bearer', (good) => `Bearer ${good}`, 'accepted'],
  ['bearer', (good) => `bearer ${good}`, 'accepted'],
  ['BEARER', (good) => `BEARER ${good}`, 'accepted'],
  ['bEaReR', (good) => `bEaReR ${good}`, 'accepted'],
  ['two spaces (RFC 6750 has 1*SP)', (good) => `Bearer  ${good}`, 'accepted'],
  ['a tab', (good) => `Bearer\t${good}`, 'token_type_unsupported'],
  ['no space', (good) => `Bearer${good}`, 'token_type_unsupported'],
  ['a token alone', (good) => good, 'token_type_unsupported'],
  ['the scheme alone', () => 'Bearer', 'token_missing'],
  ['Basic', (good) => `Basic ${good}`, 'token_type_unsupported'],
  ['DPoP', (good) => `DPoP ${good}`, 'token_type_unsupported'],
  ['Bearer with a letter of another script', (good) => `Вearer ${good}`, 'token_type_unsupported'],
  ['Bearer twice', (good) => `Bearer Bearer ${good}`, 'token_malformed'],
  ['a token in quotes', (good) => `Bearer "${good}"`, 'token_malformed'],
  ['a token with a name', (good) => `Bearer token=${good}`, 'token_malformed'],
  ['a parameter after the token', (good) => `Bearer ${good}; realm=x`, 'token_malformed'],
  ['two tokens', (good) => `Bearer ${good} ${good}`, 'token_malformed'],
  ['comma-joined, twice the same', (good) => `Bearer ${good}, Bearer ${good}`, 'token_malformed'],
  ['comma-joined, a forged one last', (good) => `Bearer ${good}, Bearer ${forged()}`, 'token_malformed'],
  ['comma-joined, a forged one first', (good) => `Bearer ${forged()}, Bearer ${good}`, 'token_malformed'],
  ['comma-joined without a space', (good) => `Bearer ${good},${good}`, 'token_malformed'],
  ['comma-joined with another scheme', (good) => `Bearer ${good}, Basic dTpw`, 'token_malformed'],
  ['comma-joined after another scheme', (good) => `Basic dTpw, Bearer ${good}`, 'token_type_unsupported'],
  ['a comma after the token', (good) => `Bearer ${good},`, 'token_malformed'],
  ['a forged token', () => `Bearer ${forged()}`, 'signature_invalid'],
]

/** What a Fetch header cannot hold, or trims away itself. */
const nodeOnly: typeof values = [
  ['empty', () => '', 'token_missing'],
  ['the scheme and a space', () => 'Bearer ', 'token_missing'],
  ['a space before', (good) => ` Bearer ${good}`, 'token_type_unsupported'],
  ['a space after', (good) => `Bearer ${good} `, 'token_malformed'],
  ['a newline after', (good) => `Bearer ${good}\n`, 'token_malformed'],
]

async function answerOf(headers: RequestHeaders): Promise<string> {
  try {
    await scene.client.verifyJWTForAPI(headers)
    return 'accepted'
  } catch (error) {
    expect(error).toBeInstanceOf(AuthError)
    return error instanceof AuthError ? error.code : 'not an AuthError'
  }
}
const isLatin1 = (value: string) => !/[^\0-\xff]/.test(value)

describe('Authorization', () => {
  it.each([...values, ...nodeOnly])('%s, in the headers of Node', async (_, spell, answer) => {
    const value = spell(scene.good())
    expect(await answerOf({ authorization: value })).toBe(answer)
    expect(await answerOf({ Authorization: value })).toBe(answer)
    expect(await answerOf({ authorization: [value] })).toBe(answer)
  })

  it.each(values)('%s, in Headers', async (_, spell, answer) => {
    const value = spell(scene.good())
    if (isLatin1(value)) expect(await answerOf(new Headers({ authorization: value }))).toBe(answer)
    else expect(() => new Headers({ authorization: value })).toThrow(TypeError)
  })

  it.each<[string, (good: string) => string[], string]>([
    ['twice the same', (good) => [`Bearer ${good}`, `Bearer ${good}`], 'token_malformed'],
    ['a forged one last', (good) => [`Bearer ${good}`, `Bearer ${forged()}`], 'token_malformed'],
    ['a forged one first', (good) => [`Bearer ${forged()}`, `Bearer ${good}`], 'token_malformed'],
    ['another scheme last', (good) => [`Bearer ${good}`, 'Basic dTpw'], 'token_malformed'],
    ['another scheme first', (good) => ['Basic dTpw', `Bearer ${good}`], 'token_type_unsupported'],
    ['none', () => [], 'token_missing'],
  ])('two headers, %s: none is chosen silently', async (_, valuesOf, answer) => {
    const values = valuesOf(scene.good())
    const headers = new Headers()
    for (const value of values) headers.append('authorization', value)
    expect(await answerOf(headers)).toBe(answer)
    expect(await answerOf({ authorization: values })).toBe(answer)
  })

  it('is not taken from a header that is named like a method', async () => {
    const good = scene.good()
    expect(await answerOf({ get: `Bearer ${good}` })).toBe('token_missing')
    expect(await answerOf({ get: 'x', authorization: `Bearer ${good}` })).toBe('accepted')
  })
})

// Two lines go over the wire as they are; what becomes of them is the server's part.
describe('two Authorization headers over a socket', () => {
  let app: RunningServer
  const plain = createServer(async ({ headers }, response) => response.end(await answerOf(headers)))
  beforeAll(async () => {
    const controller = {
      findEventSourceByName: () => undefined,
      dispatch: async () => ({}),
      system: { storage: { findOne: async () => ({ id: 1 }) } },
    }
    app = await startServer(controller, { port: 0, parseUserId: createParseUserId(scene.client) })
    await once(plain.listen(0, '127.0.0.1'), 'listening')
  })
  afterAll(async () => {
    await app.close({ graceMs: 0 })
    plain.close()
  })

  const post = (port: number, authorizations: string[], path: string) => {
    const lines = authorizations.map((value) => `Authorization: ${value}\r\n`).join('')
    const head = requestHead({ connection: 'close', 'content-length': '0' }, path)
    return exchange(port, head.replace('\r\n', `\r\n${lines}`))
  }

  it('are refused by the HTTP app, whichever is good', async () => {
    const port = Number(new URL(app.url).port)
    const [good, bad] = [`Bearer ${scene.good()}`, `Bearer ${forged()}`]
    // A good caller gets as far as the interaction, which does not exist here.
    expect(await post(port, [good], '/interaction/x')).toMatch(/^HTTP\/1\.1 404 /)
    for (const authorizations of [
      [good, good],
      [good, bad],
      [bad, good],
    ]) {
      const answer = await post(port, authorizations, '/interaction/x')
      expect(answer).toMatch(/^HTTP\/1\.1 401 /)
      expect(answer).toContain('"code":"token_malformed"')
    }
  })

  it('are one under node:http, which hands on the first and no trace of the second', async () => {
    const address = plain.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const [good, bad] = [`Bearer ${scene.good()}`, `Bearer ${forged()}`]
    expect(await post(port, [good, bad], '/')).toMatch(/\r\n\r\n.*accepted/s)
    expect(await post(port, [bad, good], '/')).toMatch(/\r\n\r\n.*signature_invalid/s)
  })
})
