import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { forge, signedBy } from '../support/forge.js'
import { createSigningKey, Issuer, RESOURCE, type SigningKey } from '../support/issuer.js'
import { type Attack, AttackScene, answerOf, now } from './attack-scene.js'

let scene: AttackScene
beforeAll(async () => {
  scene = await AttackScene.open()
})
afterAll(() => scene.close())

const without = (claim: string) => scene.withClaims({ [claim]: undefined })
const iss = () => scene.issuer.issuer
/** Claims as JSON with more members at its end: JSON.stringify cannot write the same name twice, or 1e400. */
const withJson = (members: string) =>
  scene.signed(scene.header(), `${JSON.stringify(scene.claims()).slice(0, -1)},${members}}`)

const kinds: Attack[] = [
  [
    'an ID token',
    () => scene.signed(scene.header({ typ: undefined }), scene.claims({ aud: 'tzmcbyif2vjf1ovt378ry' })),
    'type_mismatch',
  ],
  ['an ID token for the API', () => scene.withHeader({ typ: undefined }), 'type_mismatch'],
  ['typ JWT', () => scene.withHeader({ typ: 'JWT' }), 'type_mismatch'],
  ['typ of a logout token', () => scene.withHeader({ typ: 'logout+jwt' }), 'type_mismatch'],
  ['typ a number', () => scene.withHeader({ typ: 1 }), 'type_mismatch'],
  [
    'typ with its prefix (RFC 9068, section 4)',
    () => scene.withHeader({ typ: 'application/at+jwt' }),
    'accepted',
  ],
  ['typ in upper case (media types have no case)', () => scene.withHeader({ typ: 'AT+JWT' }), 'accepted'],
  [
    'a machine token',
    () =>
      scene.withClaims({
        sub: 'sbbaj9noonnm1bqg0sffj',
        client_id: 'sbbaj9noonnm1bqg0sffj',
        scope: undefined,
      }),
    'machine_token_not_allowed',
  ],
  [
    'an organization token',
    () => scene.withClaims({ aud: 'urn:logto:organization:kizej1chg7or' }),
    'audience_mismatch',
  ],
  [
    'the resource token of an organization',
    () => scene.withClaims({ organization_id: 'kizej1chg7or' }),
    'accepted',
  ],
  [
    'a token of the Management API',
    () => scene.withClaims({ aud: 'https://default.logto.app/api', scope: 'all' }),
    'audience_mismatch',
  ],
]

const missing: Attack[] = ['exp', 'iat', 'sub', 'aud', 'iss'].map((claim) => [
  claim,
  () => without(claim),
  'claim_missing',
])

const times: Attack[] = [
  ['exp in the past', () => scene.withClaims({ exp: now() - 1 }), 'token_expired'],
  ['exp now', () => scene.withClaims({ exp: now() }), 'token_expired'],
  ['exp long ago', () => scene.withClaims({ exp: 1 }), 'token_expired'],
  ['exp zero', () => scene.withClaims({ exp: 0 }), 'token_expired'],
  ['exp a string', () => scene.withClaims({ exp: String(now() + 600) }), 'claim_invalid'],
  ['exp null', () => scene.withClaims({ exp: null }), 'claim_invalid'],
  ['exp true', () => scene.withClaims({ exp: true }), 'claim_invalid'],
  ['exp an array', () => scene.withClaims({ exp: [now() + 600] }), 'claim_invalid'],
  ['exp 1e300', () => scene.withClaims({ exp: 1e300 }), 'claim_invalid'],
  ['exp infinite', () => withJson('"exp":1e400'), 'claim_invalid'],
  ['exp in milliseconds', () => scene.withClaims({ exp: Date.now() + 3_600_000 }), 'accepted'],
  ['exp a fraction', () => scene.withClaims({ exp: now() + 600.5 }), 'accepted'],
  ['iat in the future', () => scene.withClaims({ iat: now() + 60 }), 'token_not_yet_valid'],
  ['iat a little in the future, as clocks are', () => scene.withClaims({ iat: now() + 3 }), 'accepted'],
  ['iat a string', () => scene.withClaims({ iat: String(now()) }), 'claim_invalid'],
  ['iat null', () => scene.withClaims({ iat: null }), 'claim_invalid'],
  ['iat negative', () => scene.withClaims({ iat: -1 }), 'claim_invalid'],
  ['iat infinite', () => withJson('"iat":-1e400'), 'claim_invalid'],
  ['nbf in the future', () => scene.withClaims({ nbf: now() + 60 }), 'token_not_yet_valid'],
  ['nbf a string', () => scene.withClaims({ nbf: 'now' }), 'claim_invalid'],
]

const issuersAndAudiences: Attack[] = [
  ['iss with a trailing slash', () => scene.withClaims({ iss: `${iss()}/` }), 'issuer_mismatch'],
  ['iss with a suffix', () => scene.withClaims({ iss: `${iss()}.evil.example` }), 'issuer_mismatch'],
  ['iss without its path', () => scene.withClaims({ iss: scene.issuer.endpoint }), 'issuer_mismatch'],
  ['iss in upper case', () => scene.withClaims({ iss: iss().toUpperCase() }), 'issuer_mismatch'],
  [
    'iss by another name',
    () => scene.withClaims({ iss: iss().replace('127.0.0.1', 'localhost') }),
    'issuer_mismatch',
  ],
  ['iss a list', () => scene.withClaims({ iss: [iss()] }), 'issuer_mismatch'],
  ['iss null', () => scene.withClaims({ iss: null }), 'issuer_mismatch'],
  [
    "the attacker's issuer, with its own key",
    () =>
      forge(
        scene.header({ kid: 'attackers' }),
        scene.claims({ iss: scene.attacker.issuer }),
        signedBy(scene.attackersKey),
      ),
    'issuer_mismatch',
  ],
  [
    'aud a list with this API',
    () => scene.withClaims({ aud: ['https://other.example.com', RESOURCE] }),
    'accepted',
  ],
  [
    'aud a list without this API',
    () => scene.withClaims({ aud: ['https://other.example.com'] }),
    'audience_mismatch',
  ],
  ['aud an empty list', () => scene.withClaims({ aud: [] }), 'audience_mismatch'],
  ['aud a list in a list', () => scene.withClaims({ aud: [[RESOURCE]] }), 'audience_mismatch'],
  ['aud an object', () => scene.withClaims({ aud: { 0: RESOURCE, length: 1 } }), 'audience_mismatch'],
  ['aud a number', () => scene.withClaims({ aud: 1 }), 'audience_mismatch'],
  ['aud empty', () => scene.withClaims({ aud: '' }), 'audience_mismatch'],
  ['aud with a trailing slash', () => scene.withClaims({ aud: `${RESOURCE}/` }), 'audience_mismatch'],
  ['aud with a suffix', () => scene.withClaims({ aud: `${RESOURCE}.evil.example` }), 'audience_mismatch'],
  ['aud a prefix', () => scene.withClaims({ aud: RESOURCE.slice(0, -1) }), 'audience_mismatch'],
  ['aud in upper case', () => scene.withClaims({ aud: RESOURCE.toUpperCase() }), 'audience_mismatch'],
]

const others: Attack[] = [
  ['sub empty', () => scene.withClaims({ sub: '' }), 'claim_invalid'],
  ['sub a number', () => scene.withClaims({ sub: 1 }), 'claim_invalid'],
  ['sub null', () => scene.withClaims({ sub: null }), 'claim_invalid'],
  ['sub an object', () => scene.withClaims({ sub: { $ne: null } }), 'claim_invalid'],
  ['client_id a list', () => scene.withClaims({ client_id: ['fqxs9dd65si6'] }), 'claim_invalid'],
  ['scope a list', () => scene.withClaims({ scope: ['admin'] }), 'claim_invalid'],
  ['organization_id a list', () => scene.withClaims({ organization_id: ['kizej1chg7or'] }), 'claim_invalid'],
  ['duplicate sub', () => withJson('"sub":"the-last-one"'), 'accepted'],
  ['duplicate exp, the last one past', () => withJson('"exp":1'), 'token_expired'],
  [
    'sub in __proto__',
    () =>
      scene.signed(
        scene.header(),
        `${JSON.stringify(scene.claims({ sub: undefined })).slice(0, -1)},"__proto__":{"sub":"admin"}}`,
      ),
    'claim_missing',
  ],
  ['__proto__ beside good claims', () => withJson('"__proto__":{"isAdmin":true}'), 'accepted'],
]

describe.each([
  ['kinds of tokens', kinds],
  ['claims that are missing', missing],
  ['times', times],
  ['issuers and audiences', issuersAndAudiences],
  ['other claims', others],
])('%s', (_, attacks) => {
  it.each(attacks)('%s', async (_, token, answer) => {
    expect(await answerOf(scene.client, token())).toBe(answer)
  })
})

it('takes the last of duplicate claims, as RFC 7519, section 4, allows', async () => {
  expect(await scene.client.verifyAccessToken(withJson('"sub":"the-last-one"'))).toMatchObject({
    sub: 'the-last-one',
  })
})

it('gives nothing away through __proto__', async () => {
  const claims = await scene.client.verifyAccessToken(withJson('"__proto__":{"isAdmin":true}'))
  expect(claims.isAdmin).toBeUndefined()
})

it('accepts an organization token only when told so', async () => {
  const client = scene.clientWith({ acceptOrganizationAudience: true })
  const token = (aud: unknown) => scene.withClaims({ aud })
  expect(await answerOf(client, token('urn:logto:organization:kizej1chg7or'))).toBe('accepted')
  expect(await answerOf(client, token('urn:logto:organization:'))).toBe('audience_mismatch')
  expect(await answerOf(client, token('urn:logto:organisation:kizej1chg7or'))).toBe('audience_mismatch')
  expect(await answerOf(client, token(RESOURCE))).toBe('accepted')
})

describe('messages for the operator', () => {
  it('name the audience that was expected and the one that came', async () => {
    const error = await scene.client
      .verifyAccessToken(scene.withClaims({ aud: 'https://x' }))
      .catch((error) => error)
    expect(error.message).toContain(`"${RESOURCE}"`)
    expect(error.message).toContain('"https://x"')
  })

  it('name the issuer that was expected and the one that came', async () => {
    const error = await scene.client
      .verifyAccessToken(scene.withClaims({ iss: 'https://x/oidc' }))
      .catch((error) => error)
    expect(error.message).toContain(`"${iss()}"`)
    expect(error.message).toContain('"https://x/oidc"')
  })

  it('cannot break a log line, nor flood it', async () => {
    const aud = `x\n${'y'.repeat(4_000)}`
    const error = await scene.client.verifyAccessToken(scene.withClaims({ aud })).catch((error) => error)
    expect(error.message).not.toContain('\n')
    expect(error.message.length).toBeLessThan(1_000)
  })
})

describe('two tenants whose keys share a kid', () => {
  let other: Issuer
  let othersKey: SigningKey
  beforeAll(async () => {
    other = await Issuer.start()
    othersKey = await createSigningKey('ES384', 'current')
    other.publish(othersKey)
  })
  afterAll(() => other.close())

  const othersToken = (members: object) => forge(scene.header(), scene.claims(members), signedBy(othersKey))

  it("refuses the other tenant's token", async () => {
    expect(await answerOf(scene.client, othersToken({ iss: other.issuer }))).toBe('issuer_mismatch')
    expect(await answerOf(scene.client, othersToken({}))).toBe('signature_invalid')
  })

  it('keeps their keys apart when both issuers are accepted', async () => {
    const client = scene.clientWith({ issuer: [scene.issuer.issuer, other.issuer] })
    expect(await answerOf(client, scene.good())).toBe('accepted')
    expect(await answerOf(client, othersToken({ iss: other.issuer }))).toBe('accepted')
    expect(await answerOf(client, othersToken({}))).toBe('signature_invalid')
    expect(await answerOf(client, scene.withClaims({ iss: other.issuer }))).toBe('signature_invalid')
  })
})
