import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'

/** A key pair of an issuer, its public half as the key set shows it. */
export interface SigningKey {
  alg: string
  kid: string
  privateKey: CryptoKey
  publicJwk: JWK
}

export const RESOURCE = 'http://127.0.0.1:4000/interaction'

/** Like Logto's: an RSA key is published without `alg` (recordings/keys/rotation-timeline.json). */
export async function createSigningKey(
  alg = 'ES384',
  kid: string = crypto.randomUUID(),
): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(publicKey)
  const publicJwk = { ...jwk, kid, use: 'sig', ...(jwk.kty === 'RSA' ? {} : { alg }) }
  return { alg, kid, privateKey, publicJwk }
}

/** What the issuer answers instead of its documents. */
export type Fault = { status: number; body?: string } | 'reset' | 'hang'

/** A real HTTP server with a discovery document and a key set, as a Logto has them. */
export class Issuer {
  readonly #server: Server
  readonly #port: number
  /** What the key set shows; tests may put anything in. */
  jwks: { keys: unknown[] } = { keys: [] }
  /** Issuer that documents and tokens name; by default the server's own. */
  issuer: string
  /** Where the discovery document says that the keys are; by default what Logto says, by the request's Host. */
  jwksUri: string | undefined
  requests = { discovery: 0, jwks: 0 }
  fault: Fault | undefined
  /** Waits before each answer, in milliseconds. */
  delayMs = 0

  private constructor(server: Server, port: number) {
    this.#server = server
    this.#port = port
    this.issuer = `${this.endpoint}/oidc`
    server.on('request', (request, response) => void this.#answer(request, response))
  }

  static async start(port = 0): Promise<Issuer> {
    const server = createServer()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
    const address = server.address()
    return new Issuer(server, typeof address === 'object' && address ? address.port : 0)
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  publish(...keys: SigningKey[]): void {
    this.jwks = { keys: keys.map(({ publicJwk }) => publicJwk) }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    const isDiscovery = path === '/oidc/.well-known/openid-configuration'
    this.requests[isDiscovery ? 'discovery' : 'jwks']++
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs))
    if (this.fault === 'hang') return
    if (this.fault === 'reset') {
      request.socket.destroy()
      return
    }
    if (this.fault) {
      response.writeHead(this.fault.status).end(this.fault.body)
      return
    }
    const body = isDiscovery
      ? { issuer: this.issuer, jwks_uri: this.jwksUri ?? `http://${request.headers.host}/oidc/jwks` }
      : this.jwks
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
}

/** Claims of a user's access token as Logto issues it (recordings/tokens/B-refresh-with-resource_jwt-all-scopes.json). */
export function userClaims(issuer: string, claims: JWTPayload = {}): JWTPayload {
  const now = Math.floor(Date.now() / 1_000)
  return {
    jti: crypto.randomUUID(),
    sub: 'fqxs9dd65si6',
    iat: now,
    exp: now + 3_600,
    scope: 'interaction:read interaction:write',
    client_id: 'tzmcbyif2vjf1ovt378ry',
    iss: issuer,
    aud: RESOURCE,
    ...claims,
  }
}

/** Signs claims as they are; header members given as undefined are left out. */
export function signToken(
  key: SigningKey,
  claims: JWTPayload,
  header: Record<string, unknown> = {},
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, typ: 'at+jwt', kid: key.kid, ...header })
    .sign(key.privateKey)
}
