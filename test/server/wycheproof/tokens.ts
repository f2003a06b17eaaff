import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { base64url, forge, hmacWith, literally, type Signer } from '../../support/forge.js'
import { dataBlockOf, flipped, hashOf, pssEncode, RawRsa, saltOf, samePaddingAround } from './rsa.js'
import type { Vector, WycheproofJwk } from './vectors.js'

/** Order of P-256. */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/**
 * Returns a token with good claims, spoilt as the vector is.
 *
 * @param key - to sign with: the vector's, or another in its place. Every vector of an HMAC can be made with an ES256 key
 * too, whose tokens are not refused for their algorithm already.
 */
export function tokenLike(vector: Vector, claims: object, key: WycheproofJwk = vector.signingKey): string {
  const { comment, jws } = vector
  const shown = headerOf(jws)
  const alg = algorithmOf(key, shown.alg)
  const header = { ...shown, alg, kid: key.kid, typ: 'at+jwt' }
  if (comment === 'algIsNone') return forge({ typ: 'at+jwt', ...shown }, claims, literally(''))
  const signer = signerOf(key, alg)
  const token = forge(header, claims, signer)
  if (vector.group === 'base64') return respelled(vector, header, claims, signer)
  if (vector.group === 'SpecialCaseEs256') return withEcdsaSignature(vector, token)
  if (vector.group.startsWith('ps') && vector.result === 'invalid') return otherPss(vector, header, claims)
  if (comment.startsWith('saltIs')) return otherPss(vector, header, claims)
  const structural = STRUCTURAL[comment]
  if (structural) return structural({ token, header, claims, key })
  return vector.group === 'rs256' ? otherPadding(vector, header, claims) : token
}

interface Good {
  token: string
  header: object
  claims: object
  key: WycheproofJwk
}

const segments = ({ token }: Good): [string, string, string] => {
  const [header = '', payload = '', signature = ''] = token.split('.')
  return [header, payload, signature]
}

/** The vectors that leave something out, by their comment. */
const STRUCTURAL: Record<string, (good: Good) => string> = {
  acceptsValid: ({ token }) => token,
  rejectsValid: ({ token }) => token,
  rejectsWrongUse: ({ token }) => token,
  rejectsModifiedSignature: (good) => {
    const [header, payload, signature] = segments(good)
    return `${header}.${payload}.${signature.startsWith('X') ? 'Y' : 'X'}${signature.slice(1)}`
  },
  rejectsMissingSignature: (good) => `${segments(good).slice(0, 2).join('.')}.`,
  rejectsMissingSignatureAndSeparator: (good) => segments(good).slice(0, 2).join('.'),
  rejectsModifiedPayload: (good) => {
    const [header, , signature] = segments(good)
    return `${header}.${base64url(JSON.stringify({ ...good.claims, sub: 'admin' }))}.${signature}`
  },
  rejectsMissingPayload: (good) => `${segments(good)[0]}..${segments(good)[2]}`,
  rejectsMissingPayloadAndSeparator: (good) => `${segments(good)[0]}.${segments(good)[2]}`,
  rejectsModifiedHeader: (good) => {
    const [, payload, signature] = segments(good)
    return `${base64url(JSON.stringify({ ...good.header, kid: 'Xid' }))}.${payload}.${signature}`
  },
  rejectsMissingHeader: (good) => `.${segments(good)[1]}.${segments(good)[2]}`,
  rejectsMissingHeaderAndSeparator: (good) => `${segments(good)[1]}.${segments(good)[2]}`,
  rejectsMissingHeaderAndSignature: (good) => `.${segments(good)[1]}.`,
  rejectsMissingHeaderSignatureAndSeparator: (good) => segments(good)[1],
  rejectsMissingHeaderSignatureAndSeparators: (good) => segments(good)[1],
  rejectsEmptyString: () => '',
  rejectsExtraEmptyComponent: ({ token }) => `${token}.`,
  rejectsExtraComponent: ({ token }) => `${token}.foo`,
  rejectsNoneAlgorithmAndMissingSignature: ({ header, claims }) =>
    forge({ ...header, alg: 'none' }, claims, literally('')),
  rejectsValidJsonSerialization: (good) => {
    const [header, payload, signature] = segments(good)
    return JSON.stringify({
      payload,
      signatures: [{ protected: header, header: { unknown: 'x' }, signature }],
    })
  },
  rejectsSymmetryConfusionAttacks_aesKeyFromEcVerificationKeyBytes: ({ header, claims, key }) => {
    const bytes = createPublicKey(inNode(key)).export({ type: 'spki', format: 'der' })
    return forge({ ...header, alg: 'HS256' }, claims, hmacWith(bytes))
  },
  rejectsAttackerProvidedEmbeddedJwk: ({ header, claims, key }) => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: key.kid }
    const attackers: WycheproofJwk = { kty: 'EC', ...pair.privateKey.export({ format: 'jwk' }) }
    return forge({ ...header, jwk }, claims, signerOf(attackers, 'ES256'))
  },
}

// PKCS #1 v1.5. Of a valid vector it makes a good signature.
function otherPadding(vector: Vector, header: object, claims: object): string {
  const rsa = new RawRsa(vector.signingKey)
  const [vectorsHeader, payload, signature = ''] = vector.jws.split('.')
  const encoded = rsa.open(Buffer.from(signature, 'base64url'))
  const vectorsHash = hashOf(256, `${vectorsHeader}.${payload}`)
  const isEndChanged = vector.comment.startsWith('modifying')
  return forge(header, claims, (input) =>
    rsa.sign(samePaddingAround(encoded, vectorsHash, hashOf(256, input), isEndChanged)),
  )
}

function otherPss(vector: Vector, header: object, claims: object): string {
  const { comment, index, signingKey, jws } = vector
  const rsa = new RawRsa(signingKey)
  const own = signingKey.alg ?? ''
  if (comment.startsWith('Using'))
    return forge(header, claims, signerOf(signingKey, comment.slice('Using'.length)))
  const spoilt = Buffer.from(jws.split('.')[2] ?? '', 'base64url')
  const good = (input: string) => Buffer.from(signerOf(signingKey, own)(input))
  switch (comment) {
    case 'modifiedSignature':
      return forge(header, claims, (input) => flipped(good(input), index))
    case 'SignatureIs0':
    case 'SignatureIs1':
    case 'SignatureIsNsub1':
    case 'SignatureIsn':
      return forge(header, claims, literally(base64url(spoilt)))
    case 'SignatureIsnotReduced':
      return forge(header, claims, (input) =>
        rsa.bytesOf(BigInt(`0x${good(input).toString('hex')}`) + rsa.modulus),
      )
    case 'prependingZerosToSignature':
      return forge(header, claims, (input) => Buffer.concat([Buffer.alloc(2), good(input)]))
    case 'appendingZerosToSignature':
      return forge(header, claims, (input) => Buffer.concat([good(input), Buffer.alloc(2)]))
    case 'truncatedSignature':
      return forge(header, claims, (input) => good(input).subarray(0, spoilt.length - rsa.length))
    default:
      return forge(header, claims, (input) => rsa.sign(spoiltPss(vector, rsa.open(spoilt), input)))
  }
}

function spoiltPss({ comment, index, signingKey }: Vector, encoded: Buffer, input: string): Buffer {
  const bits = Number(signingKey.alg?.slice(-3))
  const dataBlock = dataBlockOf(encoded, bits)
  const hash = hashOf(bits, input)
  const lastSalt = dataBlock.subarray(-bits / 8)
  const parts = {
    bits,
    hash,
    zeros: Buffer.alloc(8),
    salt: comment === 'SaltLenChanged' ? saltOf(dataBlock) : lastSalt,
    dataBlock,
    trailer: encoded[encoded.length - 1] ?? 0,
  }
  switch (comment) {
    case 'MhashModified':
      return pssEncode({ ...parts, hash: flipped(hash, 5 * index, 1 << index) })
    case 'FirstByteOfMhashModified':
      return pssEncode({ ...parts, hash: flipped(hash, 0) })
    case 'lastByteOfMhashModified':
    case 'LastByteOfMhashModified':
      return pssEncode({ ...parts, hash: flipped(hash, -1) })
    case 'ZeroPaddingModified':
      return pssEncode({ ...parts, zeros: flipped(Buffer.alloc(8), 3 * index) })
    case 'ModifiedHash':
      return pssEncode({ ...parts, change: (own) => flipped(own, 4 * index, 1 << index) })
    case 'SaltModified':
      return pssEncode({ ...parts, salt: flipped(lastSalt, -index) })
    default:
      return pssEncode(parts)
  }
}

/** Other spellings of base64url and JSON. */
function respelled({ comment, jws }: Vector, header: object, claims: object, signer: Signer): string {
  const shown = Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString()
  // White space of JSON as the vector has it.
  const json = shown.includes('\n')
    ? JSON.stringify(header).replace(',', ',\n\t')
    : shown.includes(' ')
      ? JSON.stringify(header).replaceAll(':', ' : ')
      : JSON.stringify(header)
  const payload = JSON.stringify(claims)
  const [h, p] = [base64url(json), base64url(payload)]
  const signed = (h: string, p: string, spoil = (s: string) => s) =>
    `${h}.${p}.${spoil(base64url(Buffer.from(signer(`${h}.${p}`))))}`
  switch (comment) {
    case 'rejectsSpacesInMac':
      return signed(h, p, (s) => `    ${s}`)
    case 'rejectsInvalidCharacterInsertedInMac':
      return signed(h, p, (s) => (jws.endsWith('?') ? `${s}?` : `?${s}`))
    case 'rejects0ReplacedbyInvalidCharacter':
      return signed(h, p, (s) => `?${s.slice(1)}`)
    case 'rejectsInvalidCharacters':
      return signed(h, p, (s) => `????${s.slice(4)}`)
    case 'spacesInHeader':
      return signed(`${h}    `, p)
    case 'invalidCharactersInHeader':
      return signed(`${h}####`, p)
    case 'invalidBase64Padding':
      return signed(h, p, (s) => `${s}=`)
    case 'spacesInPayload':
      return signed(h, `    ${p}`)
    case 'invalidCharactersInPayload':
      return signed(h, `####${p}`)
    case 'invalidBase64PaddingInPayload':
      return signed(h, `${p}=`)
    case 'InvalidCharacterInPayload':
      return signed(h, `?${p}`)
    case 'InvalidCharacterInsertedInHeader':
      return signed(`${h.slice(0, -1)}?${h.slice(-1)}`, p)
    case 'InvalidCharacterInsertedInPayload':
      return signed(h, `${p}?`)
    case 'ModifiedUnusedBitsInPayload':
    case 'MacOfIncorrectlyEncodedMessage':
      return signed(h, withUnusedBits(payload))
    default:
      return signed(h, p)
  }
}

/** The same JSON, but the last character of its base64url has a bit that no byte uses. */
function withUnusedBits(json: string): string {
  const padded = json.length % 3 === 0 ? `${json} ` : json
  const segment = base64url(padded)
  return segment.slice(0, -1) + String.fromCharCode(segment.charCodeAt(segment.length - 1) + 1)
}

/** Values of r and s at the edges of what ECDSA allows. */
function withEcdsaSignature({ comment, jws }: Vector, token: string): string {
  const [header, payload, good = ''] = token.split('.')
  const bytes = Buffer.from(good, 'base64url')
  const [r, s] = [bytes.subarray(0, 32), bytes.subarray(32)]
  const plus = (one: Buffer, integer: bigint) =>
    Buffer.from((BigInt(`0x${one.toString('hex')}`) + integer).toString(16).padStart(66, '0'), 'hex')
  const wide = (one: Buffer) => Buffer.concat([Buffer.alloc(1), one])
  const parts: Record<string, Buffer[]> = {
    valid: [r, s],
    SignatureTooLong: [wide(r), wide(s)],
    TrailingZeros: [r, s, Buffer.alloc(2)],
    RisTooBig: [plus(r, N), wide(s)],
    SisTooBig: [wide(r), plus(s, N)],
    IntegerOverflow: jws.includes('.AeX') ? [plus(r, 2n ** 256n), wide(s)] : [wide(r), plus(s, 2n ** 256n)],
  }
  // The others do not depend on what is signed.
  const signature = parts[comment] ? Buffer.concat(parts[comment]).toString('base64url') : jws.split('.')[2]
  return `${header}.${payload}.${signature}`
}

function signerOf(jwk: WycheproofJwk, alg: string): Signer {
  if (alg.startsWith('HS')) return hmacWith(Buffer.from(jwk.k ?? '', 'base64url'), Number(alg.slice(2)))
  const key = createPrivateKey(inNode(jwk))
  const hash = `sha${alg.slice(-3)}`
  const pss = alg.startsWith('PS') && { padding: 6, saltLength: Number(alg.slice(-3)) / 8 }
  return (input) => sign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363', ...pss })
}

/** What a key can sign with, whatever it says of itself. An RSA key signs with any algorithm that the header names. */
function algorithmOf({ kty, crv, alg }: WycheproofJwk, inHeader: unknown): string {
  if (kty === 'EC') return crv === 'P-521' ? 'ES512' : 'ES256'
  if (kty === 'oct') return alg?.startsWith('HS') ? alg : 'HS256'
  return String(inHeader ?? alg)
}

function inNode(jwk: object) {
  return { key: { ...jwk }, format: 'jwk' } as const
}

function headerOf(jws: string): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString())
    return typeof header === 'object' && header !== null ? { ...header } : {}
  } catch {
    return {}
  }
}
