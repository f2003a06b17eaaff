import type { IncomingHttpHeaders } from 'node:http'
import { describe, expectTypeOf, it } from 'vitest'
import {
  type AccessTokenClaims,
  AuthError,
  type AuthErrorCode,
  Client,
  type ClientOptions,
  createParseUserId,
  type Identity,
} from '../../src/server/index.js'

const LOGTO = 'http://127.0.0.1:3001'
const API = 'http://127.0.0.1:4000'

// Checked by the compiler (`npm run check`); nothing in here needs to run.
describe('what compiles', () => {
  it('a Client that says which API its tokens are for', () => {
    new Client(LOGTO, 'id', 'secret', API)
    new Client({ logtoEndpoint: LOGTO, interaqtEndpoint: API })
    new Client({ logtoEndpoint: LOGTO, resource: 'https://api.example.com' })
    new Client({
      logtoEndpoint: LOGTO,
      resource: ['a', 'b'],
      interaqtEndpoint: API,
      appId: 'id',
      appSecret: 'secret',
    })
    const client = new Client({ logtoEndpoint: LOGTO, resource: 'a', algorithms: ['ES384'] })
    expectTypeOf(client.verifyAccessToken).returns.resolves.toEqualTypeOf<AccessTokenClaims>()
  })

  it('headers of Node, and of Fetch', () => {
    const verify = new Client(LOGTO, 'id', 'secret', API).verifyJWTForAPI
    const nodeHeaders: IncomingHttpHeaders = {}
    expectTypeOf(verify).toBeCallableWith(nodeHeaders)
    expectTypeOf(verify).toBeCallableWith(new Headers())
    expectTypeOf(verify).toBeCallableWith({ authorization: 'Bearer token' }, { allowMachine: true })
  })

  it('an identity from createParseUserId', () => {
    const parseUserId = createParseUserId(new Client(LOGTO, 'id', 'secret', API), { requiredScopes: ['a'] })
    expectTypeOf(parseUserId).returns.resolves.toEqualTypeOf<Identity>()
    expectTypeOf(parseUserId.loopbackOnly).toEqualTypeOf<boolean>()
  })

  it('an exhaustive look at the codes', () => {
    expectTypeOf(new AuthError('token_expired', 'x').code).toEqualTypeOf<AuthErrorCode>()
    expectTypeOf<'keys_unavailable'>().toExtend<AuthErrorCode>()
  })
})

describe('what does not compile', () => {
  it('a Client without an audience', () => {
    // @ts-expect-error neither interaqtEndpoint nor resource: tokens for any API would do
    const withoutAudience: ClientOptions = { logtoEndpoint: LOGTO, appId: 'id', appSecret: 'secret' }
    // @ts-expect-error undefined is no audience
    const withUndefined: ClientOptions = { logtoEndpoint: LOGTO, resource: undefined }
    // @ts-expect-error nor is null
    const withNull: ClientOptions = { logtoEndpoint: LOGTO, resource: null }
    // @ts-expect-error the fourth string is the audience
    const threeStrings: ConstructorParameters<typeof Client> = [LOGTO, 'id', 'secret']
    // @ts-expect-error without Logto there is nobody to trust
    const withoutLogto: ClientOptions = { resource: 'a' }
    void [withoutAudience, withUndefined, withNull, threeStrings, withoutLogto]
  })

  it('algorithms that are not asymmetric', () => {
    // @ts-expect-error a secret in a public key set is no secret
    const symmetric: ClientOptions = { logtoEndpoint: LOGTO, resource: 'a', algorithms: ['HS256'] }
    // @ts-expect-error
    const none: ClientOptions = { logtoEndpoint: LOGTO, resource: 'a', algorithms: ['none'] }
    void [symmetric, none]
  })

  it('changing shared claims', () => {
    const change = (claims: AccessTokenClaims) => {
      // @ts-expect-error claims are shared by every request with the token
      claims.sub = 'admin'
    }
    void change
  })

  it('a code that does not exist', () => {
    // @ts-expect-error
    const make = () => new AuthError('token_wrong', 'x')
    void make
  })
})
