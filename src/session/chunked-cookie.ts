import { SessionError } from './errors.js'
import { serialize } from './peers.js'
import type { PublicAddress } from './public-address.js'
import { sentCookies } from './sent-cookies.js'

/** Browsers keep 4,096 bytes a cookie, name and attributes included (RFC 6265, 6.1). */
const MAX_VALUE_LENGTH = 3_800
/** Node and most proxies take 16 kB of request headers, all cookies of the host together. */
const MAX_PIECES = 3

/** What a request carries of a cookie. */
interface Sent {
  /** Undefined when there is nothing, or when it cannot be known which of several values is ours. */
  value: string | undefined
  /**
   * The cookie or a piece of it came twice, or came whole and in pieces. A browser keeps one cookie of a name that has the
   * `__Host-` prefix, so somebody else made one of them look like it.
   */
  isAmbiguous: boolean
  isPresent: boolean
}

/**
 * A cookie that is split when it does not fit into one: `name`, or `name.0`, `name.1`, … HttpOnly, SameSite=Lax,
 * Path=/, no Domain; Secure and `__Host-` on https, so that no other host of the domain can set it (RFC 6265bis, 4.1.3.2).
 */
export class ChunkedCookie {
  readonly #name: string
  /** What was read last: one request asks several times, and its header may be thousands of characters long. */
  #last: { header: string; name: string; sent: Sent } | undefined

  constructor(name: string) {
    this.#name = name
  }

  /** Returns the value that the browser sent. */
  read(header: string | undefined, address: PublicAddress): string | undefined {
    return this.sentIn(header, address).value
  }

  /** Returns what a request carries of the cookie. */
  sentIn(header: string | undefined, address: PublicAddress): Sent {
    const name = nameOf(this.#name, address)
    if (header === undefined) return ABSENT
    if (this.#last?.header !== header || this.#last.name !== name) {
      this.#last = { header, name, sent: sentIn(header, name) }
    }
    return this.#last.sent
  }

  /**
   * Returns `Set-Cookie` lines for a new value; pieces that the browser has and the new value does not need are removed.
   *
   * @throws SessionError `session_too_large`.
   */
  write(value: string, maxAgeSeconds: number, header: string | undefined, address: PublicAddress): string[] {
    const name = nameOf(this.#name, address)
    const pieces = split(value)
    if (pieces.length > MAX_PIECES) {
      throw new SessionError('session_too_large', {
        detail: `The session takes ${value.length} characters, cookies ${MAX_PIECES * MAX_VALUE_LENGTH}: set \`store\``,
      })
    }
    const names = pieces.length === 1 ? [name] : pieces.map((_, index) => `${name}.${index}`)
    const written = names.map((name, index) => setCookie(name, pieces[index] ?? '', maxAgeSeconds, address))
    return [...written, ...this.clear(header, address, names)]
  }

  /** Returns `Set-Cookie` lines that remove the cookie and its pieces, except those `kept`. */
  clear(header: string | undefined, address: PublicAddress, kept: readonly string[] = []): string[] {
    const name = nameOf(this.#name, address)
    const sent = new Set(ownCookies(header, name).map(([one]) => one))
    return [...sent].filter((one) => !kept.includes(one)).map((one) => setCookie(one, '', 0, address))
  }

  /** Whether a `Set-Cookie` line sets or removes this cookie or a piece of it. */
  isSetBy(line: string): boolean {
    const name = line.slice(0, line.indexOf('=')).replace(/^__Host-/, '')
    return name === this.#name || isPieceOf(name, this.#name)
  }
}

/** Returns one `Set-Cookie` line with the attributes that every cookie here has; `maxAge` 0 removes it. */
export function setCookie(name: string, value: string, maxAge: number, { isSecure }: PublicAddress): string {
  return serialize(name, value, {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure: isSecure,
    maxAge: Math.floor(maxAge),
  })
}

/** Name as it is sent: `__Host-` needs Secure, which loopback without TLS cannot have. */
export function nameOf(name: string, { isSecure }: PublicAddress): string {
  return isSecure ? `__Host-${name}` : name
}

const ABSENT: Sent = { value: undefined, isAmbiguous: false, isPresent: false }

function sentIn(header: string, name: string): Sent {
  const cookies = ownCookies(header, name)
  const values = new Map(cookies)
  const whole = values.get(name)
  if (values.size < cookies.length || (whole !== undefined && values.size > 1)) {
    return { value: undefined, isAmbiguous: true, isPresent: true }
  }
  if (values.size === 0) return ABSENT
  let joined = ''
  for (let piece = 0; piece < MAX_PIECES; piece++) joined += values.get(`${name}.${piece}`) ?? ''
  return { value: whole ?? joined, isAmbiguous: false, isPresent: true }
}

function ownCookies(header: string | undefined, name: string): [name: string, value: string][] {
  return sentCookies(header, name).filter(([one]) => one === name || isPieceOf(one, name))
}

function split(value: string): string[] {
  const pieces: string[] = []
  for (let start = 0; start < value.length; start += MAX_VALUE_LENGTH) {
    pieces.push(value.slice(start, start + MAX_VALUE_LENGTH))
  }
  return pieces
}

function isPieceOf(candidate: string, name: string): boolean {
  return candidate.startsWith(`${name}.`) && /^\d$/.test(candidate.slice(name.length + 1))
}
