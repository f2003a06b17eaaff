import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Client, createParseUserId } from '../../src/server/index.js'
import { AttackScene } from './attack-scene.js'

const SPA = 'tzmcbyif2vjf1ovt378ry'
const OTHER = 'another-application'

let scene: AttackScene
beforeAll(async () => {
  scene = await AttackScene.open()
})
afterAll(() => scene.close())

const answer = (promise: Promise<unknown>) =>
  promise.then(
    () => 'accepted',
    ({ name, code }) => (name === 'AuthError' ? code : `${name} ${code}`),
  )

const MISMATCH = 'authorized_party_mismatch'
const cases: [name: string, claims: object, parties: string[], answer: string][] = [
  ['the only one', {}, [SPA], 'accepted'],
  ['one of several', {}, [OTHER, SPA], 'accepted'],
  ['another', {}, [OTHER], MISMATCH],
  ['a part of the name', {}, [SPA.slice(0, -1)], MISMATCH],
  ['more than the name', {}, [`${SPA}x`], MISMATCH],
  ['upper case', {}, [SPA.toUpperCase()], MISMATCH],
  ['none', { client_id: undefined }, [SPA], MISMATCH],
  ['none, where "undefined" is named', { client_id: undefined }, ['undefined', 'null'], MISMATCH],
  ['empty', { client_id: '' }, [SPA], MISMATCH],
  ['azp alone', { client_id: undefined, azp: SPA }, [SPA], 'accepted'],
  ['azp alone, another', { client_id: undefined, azp: OTHER }, [SPA], MISMATCH],
  ['both the same', { azp: SPA }, [SPA], 'accepted'],
  ['azp another', { azp: OTHER }, [SPA], MISMATCH],
  ['azp another that is named too', { azp: OTHER }, [SPA, OTHER], MISMATCH],
  ['client_id another, azp named', { client_id: OTHER, azp: SPA }, [SPA], MISMATCH],
  ['azp null', { azp: null }, [SPA], MISMATCH],
  ['azp a list', { azp: [SPA] }, [SPA], MISMATCH],
  ['azp a list, alone', { client_id: undefined, azp: [SPA] }, [SPA], MISMATCH],
  ['azp an object, alone', { client_id: undefined, azp: { toString: SPA } }, [SPA], MISMATCH],
  ['client_id in __proto__', { client_id: undefined, ['__proto__']: { client_id: SPA } }, [SPA], MISMATCH],
  ['the audience, as Google names it', { client_id: undefined, cid: SPA, appid: SPA }, [SPA], MISMATCH],
]

describe('authorizedParties: which application a token was issued to', () => {
  it.each(cases)('%s', async (_, claims, authorizedParties, expected) => {
    const token = scene.withClaims(claims)
    expect(await answer(scene.client.verifyAccessToken(token, { authorizedParties }))).toBe(expected)
    const headers = { authorization: `Bearer ${token}` }
    expect(await answer(scene.client.verifyJWTForAPI(headers, { authorizedParties }))).toBe(expected)
    expect(await answer(createParseUserId(scene.client, { authorizedParties })(headers))).toBe(expected)
    // Once more, now from the cache: who may pass is asked for every call.
    expect(await answer(scene.client.verifyAccessToken(token))).toBe('accepted')
    expect(await answer(scene.client.verifyAccessToken(token, { authorizedParties }))).toBe(expected)
  })

  it('is 403 with a message that names what was expected and what came, for the operator alone', async () => {
    const authorizedParties = [OTHER]
    const error = await scene.client
      .verifyAccessToken(scene.good(), { authorizedParties })
      .catch((error) => error)
    expect(error).toMatchObject({ code: MISMATCH, status: 403 })
    expect(error.headers['www-authenticate']).toContain('error="insufficient_scope"')
    expect(error.message).toContain(`"${OTHER}"`)
    expect(error.message).toContain(`"${SPA}"`)
    expect(JSON.stringify(error)).not.toContain(SPA)
  })

  it('names the machines that pass, where machines pass', async () => {
    const token = scene.withClaims({ sub: 'm2m', client_id: 'm2m' })
    const ask = (options: object) => answer(scene.client.verifyAccessToken(token, options))
    expect(await ask({ authorizedParties: ['m2m'] })).toBe('machine_token_not_allowed')
    expect(await ask({ allowMachine: true, authorizedParties: [SPA] })).toBe(MISMATCH)
    expect(await ask({ allowMachine: true, authorizedParties: ['m2m'] })).toBe('accepted')
  })

  it.each([
    ['undefined', undefined],
    ['empty', ''],
    ['a string', SPA],
    ['an empty array', []],
    ['an array of nothing', [undefined]],
    ['an array with an empty string', [SPA, '']],
    ['null', null],
  ])('given as %s is a TypeError, because every application would pass', async (_, authorizedParties) => {
    const options = { authorizedParties }
    const verify = () => Reflect.apply(scene.client.verifyAccessToken, scene.client, [scene.good(), options])
    await expect(verify()).rejects.toThrow(TypeError)
    const create = () => Reflect.apply(createParseUserId, undefined, [scene.client, options])
    expect(create).toThrow(TypeError)
    expect(create).toThrow('authorizedParties')
  })

  it('holds for who names himself with devUserIdHeader as well', async () => {
    vi.stubEnv('NODE_ENV', 'test')
    const logger = { warn: () => {}, error: () => {}, info: () => {}, debug: () => {} }
    const parseUserId = createParseUserId(
      new Client({ logtoEndpoint: 'http://127.0.0.1:1', resource: 'x' }),
      {
        authorizedParties: [SPA],
        devUserIdHeader: 'x-user-id',
        logger,
      },
    )
    const identity = await parseUserId({ 'x-user-id': 'me' }, { remoteAddress: '127.0.0.1' })
    expect(identity).toMatchObject({ claims: { client_id: SPA } })
    vi.unstubAllEnvs()
  })
})
