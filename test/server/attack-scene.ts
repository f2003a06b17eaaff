import { expect } from 'vitest'
import { AuthError, type AuthErrorCode, Client, type ClientSettings } from '../../src/server/index.js'
import { forge, type Signer, signedBy } from '../support/forge.js'
import { createSigningKey, Issuer, RESOURCE, type SigningKey, userClaims } from '../support/issuer.js'

/** One row of an attack table: what it is, the token, and the answer that it must get. */
export type Attack = readonly [name: string, token: () => string, answer: AuthErrorCode | 'accepted']

/** An issuer with an EC and an RSA key on a real HTTP server, an attacker with a server and a key, and a Client. */
export class AttackScene {
  readonly client: Client

  private constructor(
    readonly issuer: Issuer,
    readonly attacker: Issuer,
    readonly key: SigningKey,
    readonly rsaKey: SigningKey,
    readonly attackersKey: SigningKey,
  ) {
    this.client = this.clientWith({})
  }

  static async open(): Promise<AttackScene> {
    const issuer = await Issuer.start()
    const attacker = await Issuer.start()
    const key = await createSigningKey('ES384', 'current')
    const rsaKey = await createSigningKey('RS256', 'rsa')
    const attackersKey = await createSigningKey('ES384', 'attackers')
    issuer.publish(key, rsaKey)
    attacker.publish(attackersKey)
    return new AttackScene(issuer, attacker, key, rsaKey, attackersKey)
  }

  clientWith(settings: ClientSettings): Client {
    return new Client({
      logtoEndpoint: this.issuer.endpoint,
      resource: RESOURCE,
      keys: { cooldownMs: 0 },
      ...settings,
    })
  }

  header(members: object = {}): Record<string, unknown> {
    return { alg: 'ES384', typ: 'at+jwt', kid: 'current', ...members }
  }

  claims(members: object = {}): Record<string, unknown> {
    return userClaims(this.issuer.issuer, { ...members })
  }

  good(): string {
    return this.withHeader({})
  }

  withHeader(members: object): string {
    return this.signed(this.header(members), this.claims())
  }

  withClaims(members: object): string {
    return this.signed(this.header(), this.claims(members))
  }

  /** Any header and payload, rightly signed with the issuer's key. */
  signed(header: unknown, payload: unknown): string {
    return forge(header, payload, signedBy(this.key))
  }

  /** A good token whose signature has been changed. */
  withSignature(change: (signature: Buffer) => Uint8Array | string): string {
    const signer: Signer = (input) => change(Buffer.from(signedBy(this.key)(input)))
    return forge(this.header(), this.claims(), signer)
  }

  async close(): Promise<void> {
    await this.issuer.close()
    await this.attacker.close()
  }
}

/** What a Client answers to a token: `accepted`, or the code of the AuthError. Anything else fails the test. */
export async function answerOf(client: Client, token: string): Promise<string> {
  try {
    await client.verifyAccessToken(token)
    return 'accepted'
  } catch (error) {
    expect(error).toBeInstanceOf(AuthError)
    if (!(error instanceof AuthError)) throw error
    expectSafe(error, token)
    return error.code
  }
}

/** What a call was answered: `accepted`, or the code of the AuthError. Anything else that is thrown fails the test. */
export async function answerTo(call: () => unknown): Promise<string> {
  try {
    await call()
    return 'accepted'
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    // What the log and the caller get of it can be made, and is not endless.
    expect(JSON.stringify([error, error.headers]).length).toBeLessThan(1_000)
    expect(error.message.length).toBeLessThan(2_000)
    return error.code
  }
}
/** The message holds no signature, and the answer to the caller neither message nor claims. */
function expectSafe(error: AuthError, token: string): void {
  const signature = token.slice(token.lastIndexOf('.') + 1)
  if (signature.length > 20) expect(error.message).not.toContain(signature)
  const answer = JSON.stringify([error.headers, error])
  expect(answer).not.toContain(RESOURCE)
  expect(answer).not.toContain('fqxs9dd65si6')
}

/** A token with one segment changed. */
export function changed(token: string, index: 0 | 1 | 2, change: (segment: string) => string): string {
  return token
    .split('.')
    .map((segment, at) => (at === index ? change(segment) : segment))
    .join('.')
}

export const now = (): number => Math.floor(Date.now() / 1_000)
