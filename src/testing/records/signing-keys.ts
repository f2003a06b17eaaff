import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose'
import { longId } from './identifiers.js'

const generate = promisify(generateKeyPair)

/** Kind of signing key. EC is ES384, Logto's default; RSA signs RS256. */
export type SigningKeyAlgorithm = 'EC' | 'RSA'

/** One key of the issuer, as `GET /api/configs/oidc/private-keys` lists it, with its private JWK. */
export interface SigningKey {
  id: string
  /** Seconds since the epoch (recordings/keys/01-rotate-request-response.json). */
  createdAt: number
  signingKeyAlgorithm: SigningKeyAlgorithm
  kid: string
  privateJwk: JWK
  publicJwk: JWK
}

/** A key that takes over at `effectiveAt`, milliseconds since the epoch. */
interface StagedKey {
  key: SigningKey
  effectiveAt: number
}

/** What rotation takes. `rotationGracePeriod` is in seconds; 0 rotates at once. */
export interface RotationOptions {
  signingKeyAlgorithm?: SigningKeyAlgorithm | undefined
  rotationGracePeriod?: number | undefined
}

/** Returns the JWS algorithm that a key signs with. */
export const algorithmOf = (key: SigningKey): 'ES384' | 'RS256' =>
  key.signingKeyAlgorithm === 'EC' ? 'ES384' : 'RS256'

/**
 * The issuer's keys through rotations: the current one signs, the previous one is still published, a next one is
 * published before it signs. Source: recordings/keys/rotation-timeline.json.
 */
export class SigningKeys {
  #current: SigningKey
  #previous: SigningKey | undefined
  #staged: StagedKey | undefined
  #version = 0
  readonly #now: () => number

  private constructor(current: SigningKey, now: () => number) {
    this.#current = current
    this.#now = now
  }

  /** @param now - clock in milliseconds since the epoch, so that a grace period follows a skewed clock too. */
  static async create(now: () => number): Promise<SigningKeys> {
    return new SigningKeys(await newKey('EC', now), now)
  }

  /** Changes whenever the published keys do. */
  get version(): number {
    this.#promoteStaged()
    return this.#version
  }

  get current(): SigningKey {
    this.#promoteStaged()
    return this.#current
  }

  /** Returns the published keys in Logto's order: current, next, previous. */
  published(): SigningKey[] {
    this.#promoteStaged()
    return [this.#current, this.#staged?.key, this.#previous].filter((key) => key !== undefined)
  }

  /** Returns the key set document. An RSA key has no `alg`, as at Logto (recordings/keys/rotation-timeline.json, step 3). */
  jwks(): { keys: JWK[] } {
    return { keys: this.published().map((key) => key.publicJwk) }
  }

  /** Returns the rows of `GET /api/configs/oidc/private-keys`. */
  list(): Record<string, unknown>[] {
    this.#promoteStaged()
    const row = (key: SigningKey | undefined, status: string, effectiveAt?: number) =>
      key && {
        id: key.id,
        createdAt: key.createdAt,
        signingKeyAlgorithm: key.signingKeyAlgorithm,
        status,
        ...(effectiveAt !== undefined && { effectiveAt }),
      }
    return [
      row(this.#staged?.key, 'Next', this.#staged?.effectiveAt),
      row(this.#current, 'Current'),
      row(this.#previous, 'Previous'),
    ].filter((key) => key !== undefined)
  }

  async rotate({ signingKeyAlgorithm = 'EC', rotationGracePeriod = 0 }: RotationOptions = {}): Promise<void> {
    const key = await newKey(signingKeyAlgorithm, this.#now)
    if (rotationGracePeriod > 0) {
      this.#staged = { key, effectiveAt: this.#now() + rotationGracePeriod * 1000 }
      this.#version++
    } else {
      this.#staged = undefined
      this.#makeCurrent(key)
    }
  }

  /** Removes the previous key. Returns false when `id` is another key: Logto does not delete those. */
  deletePrevious(id: string): boolean {
    if (this.#previous?.id !== id) return false
    this.#previous = undefined
    this.#version++
    return true
  }

  #promoteStaged(): void {
    if (!this.#staged || this.#staged.effectiveAt > this.#now()) return
    const { key } = this.#staged
    this.#staged = undefined
    this.#makeCurrent(key)
  }

  #makeCurrent(key: SigningKey): void {
    this.#previous = this.#current
    this.#current = key
    this.#version++
  }
}

async function newKey(signingKeyAlgorithm: SigningKeyAlgorithm, now: () => number): Promise<SigningKey> {
  const { privateKey } =
    signingKeyAlgorithm === 'EC'
      ? await generate('ec', { namedCurve: 'P-384' })
      : await generate('rsa', { modulusLength: 2048 })
  const jwk = await exportJWK(privateKey)
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...publicParts } = jwk
  const kid = await calculateJwkThumbprint(jwk)
  const named = { use: 'sig', kid, ...(signingKeyAlgorithm === 'EC' && { alg: 'ES384' }) }
  return {
    id: longId(),
    createdAt: Math.floor(now() / 1000),
    signingKeyAlgorithm,
    kid,
    privateJwk: { ...jwk, ...named },
    publicJwk: { ...publicParts, ...named },
  }
}
