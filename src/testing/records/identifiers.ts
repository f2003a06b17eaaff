import { createHash, randomBytes } from 'node:crypto'

const LOWER_ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyz0123456789'
const ALPHANUMERIC = `ABCDEFGHIJKLMNOPQRSTUVWXYZ${LOWER_ALPHANUMERIC}`

const POOL_SIZE = 4096
let pool = new Uint8Array(0)
let used = 0

// Random bytes are drawn in bulk: one at a time they took most of the time when 100,000 users are seeded. The slight
// preference for the alphabet's beginning does not matter for ids and secrets of tests.
function random(alphabet: string, length: number): string {
  if (used + length > pool.length) {
    pool = randomBytes(POOL_SIZE)
    used = 0
  }
  let text = ''
  for (const byte of pool.subarray(used, used + length)) text += alphabet[byte % alphabet.length]
  used += length
  return text
}

/** An id of the length that Logto gives users and organizations (recordings/mgmt/user-create.json). */
export const shortId = (): string => random(LOWER_ALPHANUMERIC, 12)

/** An id of the length that Logto gives everything else (recordings/setup/02-create-spa.json). */
export const longId = (): string => random(LOWER_ALPHANUMERIC, 21)

/** An application secret or a hook's signing key (recordings/setup/03b-get-m2m-secrets.json). */
export const secretValue = (): string => random(ALPHANUMERIC, 32)

/** Whether a text has the shape of a user id: 12 lower-case letters and digits. */
export const isShortId = (text: string): boolean => /^[a-z0-9]{12}$/.test(text)

/** An id like {@link shortId} or {@link longId} that is the same for the same parts, on every machine. */
export function stableId(length: 12 | 21, ...parts: readonly string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest()
  return [...digest.subarray(0, length)]
    .map((byte) => LOWER_ALPHANUMERIC[byte % LOWER_ALPHANUMERIC.length])
    .join('')
}
