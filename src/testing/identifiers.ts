import { randomInt } from 'node:crypto'

const LOWER_ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyz0123456789'
const ALPHANUMERIC = `ABCDEFGHIJKLMNOPQRSTUVWXYZ${LOWER_ALPHANUMERIC}`

const random = (alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')

/** An id of the length that Logto gives users and organizations (recordings/mgmt/user-create.json). */
export const shortId = (): string => random(LOWER_ALPHANUMERIC, 12)

/** An id of the length that Logto gives everything else (recordings/setup/02-create-spa.json). */
export const longId = (): string => random(LOWER_ALPHANUMERIC, 21)

/** An application secret or a hook's signing key (recordings/setup/03b-get-m2m-secrets.json). */
export const secretValue = (): string => random(ALPHANUMERIC, 32)
