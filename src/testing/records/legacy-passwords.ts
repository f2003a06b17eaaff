import { createCipheriv, createHash, getHashes, pbkdf2Sync, scryptSync } from 'node:crypto'

/** A digest of the algorithm Legacy: `["<hash>", ["<argument>", …, "@", …], "<digest>"]`, with "@" for the password. */
export interface LegacyDigest {
  hash: string
  args: string[]
  expected: string
}

/** Why a Legacy digest is refused. `hash` is the unknown one. */
export class LegacyDigestError extends Error {
  readonly hash: string | undefined

  constructor(hash?: string) {
    super(hash === undefined ? 'not a legacy digest' : `unknown hash ${hash}`)
    this.name = 'LegacyDigestError'
    this.hash = hash
  }
}

// Number of arguments with the password. Source: recordings/released/user-create-legacy-pbkdf2.json and -firebase-scrypt.
const PBKDF2_ARGUMENTS = 5
const FIREBASE_ARGUMENTS = 6

/**
 * Returns the parts of a Legacy digest. Beyond what is recorded (recordings/released/user-create-legacy-*.json), a hash is
 * known here when Node has it.
 *
 * @throws LegacyDigestError for another form, or a hash that does not exist.
 */
export function parseLegacyDigest(text: string): LegacyDigest {
  const [hash, args, expected, ...more] = partsOf(text)
  if (typeof hash !== 'string' || typeof expected !== 'string' || more.length > 0)
    throw new LegacyDigestError()
  if (!isStrings(args) || !args.includes('@')) throw new LegacyDigestError()
  if (hash === 'pbkdf2') {
    const [salt = ''] = args
    if (args.length !== PBKDF2_ARGUMENTS || /^hex:(?!([0-9a-f]{2})*$)/i.test(salt))
      throw new LegacyDigestError()
  } else if (hash === 'firebase-scrypt') {
    if (args.length !== FIREBASE_ARGUMENTS) throw new LegacyDigestError()
  } else if (!getHashes().includes(hash)) throw new LegacyDigestError(hash)
  return { hash, args, expected }
}

/** Returns the digest of a password by the hash and the arguments of a Legacy digest. */
export function legacyDigest({ hash, args }: LegacyDigest, password: string): string {
  const values = args.map((argument) => (argument === '@' ? password : argument))
  if (hash === 'pbkdf2') return pbkdf2(values)
  if (hash === 'firebase-scrypt') return firebaseScrypt(values)
  return createHash(hash).update(values.join('')).digest('hex')
}

function pbkdf2([salt = '', iterations, length, digest = '', password = '']: string[]): string {
  const bytes = salt.startsWith('hex:') ? Buffer.from(salt.slice(4), 'hex') : salt
  return pbkdf2Sync(password, bytes, Number(iterations), Number(length), digest).toString('hex')
}

// Firebase encrypts a project's signer key with a key that scrypt derives (github.com/firebase/scrypt).
function firebaseScrypt(values: string[]): string {
  const [salt = '', signerKey = '', separator = '', rounds, memoryCost, password = ''] = values
  const cost = { N: 2 ** Number(memoryCost), r: Number(rounds), p: 1 }
  const bytes = (base64: string) => Buffer.from(base64, 'base64')
  const saltAndSeparator = Buffer.concat([bytes(salt), bytes(separator)])
  const key = scryptSync(password, saltAndSeparator, 64, { ...cost, maxmem: 256 * cost.N * cost.r })
  const cipher = createCipheriv('aes-256-ctr', key.subarray(0, 32), Buffer.alloc(16))
  return Buffer.concat([cipher.update(bytes(signerKey)), cipher.final()]).toString('base64')
}

function partsOf(text: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(text)
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')
