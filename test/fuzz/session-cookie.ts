import fc from 'fast-check'
import { AuthError } from '../../src/server/index.js'
import { CookieSessions } from '../../src/session/cookie-sessions.js'
import { SessionError } from '../../src/session/index.js'
import { toSettings } from '../../src/session/options.js'
import { SessionCookie } from '../../src/session/session-cookie.js'
import { signToken, userClaims } from '../support/issuer.js'
import { ISSUER, ORIGIN, openScene, pairOf, RESOURCE, type SessionScene } from './session-scene.js'
import { fuzzerOf, must, type Target } from './target.js'

const NAME = '__Host-interaqt-session'
const PEOPLE = ['alice', 'mallory'] as const

const name = fc.oneof(
  { weight: 6, arbitrary: fc.constant(NAME) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.constantFrom('', ' ', '\t', '\u00a0', '\ufeff', '\u2003', '"', '\v'),
        fc.constantFrom(NAME, 'interaqt-session', NAME.toUpperCase()),
        fc.constantFrom('', '.0', '.1', '.2', '.00', '.', ' ', '\u00a0'),
      )
      .map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
)
const value = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      of: fc.constantFrom(...PEOPLE),
      part: fc.constantFrom(
        'whole',
        'whole',
        '.0',
        '.1',
        'cut',
        'changed',
        'spelt otherwise',
        'quoted',
        'encoded',
        'of another secret',
        'of another purpose',
      ),
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 10 }) },
)
const input = fc.record({
  cookies: fc.array(fc.record({ name, value }), { maxLength: 4 }),
  separator: fc.constantFrom('; ', '; ', ';', ' ;', ', ', '\t;\u00a0'),
  isFromOwnPage: fc.boolean(),
})

/** The cookie of a session. */
export const sessionCookie: Target = {
  name: 'session-cookie',
  holds:
    'Somebody is signed in only by a cookie that this application made, alone and unchanged under its own name; nothing else is a fault of the server.',
  reaches: ['accepted', 'signed_out', 'cross_site_request'],
  async open() {
    const scene = await openScene()
    const values = new Map(
      await Promise.all(PEOPLE.map(async (one) => [one, await valuesOf(scene, one)] as const)),
    )
    return fuzzerOf(input, async ({ cookies, separator, isFromOwnPage }) => {
      const pairs = cookies.map(
        ({ name, value }) => `${name}=${typeof value === 'string' ? value : written(value, values)}`,
      )
      const cookie = pairs.join(separator)
      const headers = { cookie, ...(isFromOwnPage && { origin: ORIGIN, 'sec-fetch-site': 'same-origin' }) }
      const entitled = PEOPLE.filter((one) => isSentBy(cookie, values.get(one)?.pairs ?? []))
      const outcome = await outcomeOf(scene, headers)
      must(
        !('user' in outcome) || entitled.includes(outcome.user),
        `${JSON.stringify(outcome)} by ${cookie.slice(0, 200)}`,
      )
      await checkAnswer(scene, headers, outcome)
      return 'user' in outcome ? 'accepted' : outcome.code
    })
  },
}

type Outcome = { user: (typeof PEOPLE)[number] } | { code: string }

async function outcomeOf({ session }: SessionScene, headers: Record<string, string>): Promise<Outcome> {
  try {
    const { userId } = await session.parseUserId(headers)
    const user = PEOPLE.find((one) => one === userId)
    if (user === undefined) throw new Error(`Signed in as ${JSON.stringify(userId)}`)
    return { user }
  } catch (error) {
    if (error instanceof SessionError || error instanceof AuthError) return { code: error.code }
    throw error
  }
}

/** The whole application answers the same, and sets nothing but its own cookies. */
async function checkAnswer(
  { app, faults }: SessionScene,
  headers: Record<string, string>,
  outcome: Outcome,
): Promise<void> {
  // Node gives a header's bytes as characters up to U+00FF, without control characters.
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(headers.cookie ?? '')) return
  const sent = headers.cookie?.trim() ?? ''
  const response = await app.request(`${ORIGIN}/interaction/greet`, {
    method: 'POST',
    headers: { ...headers, cookie: sent },
  })
  must([200, 401, 403].includes(response.status), `It answers ${response.status}`)
  if (sent === headers.cookie)
    must(
      'user' in outcome === (response.status === 200),
      `The application answers ${response.status} to ${JSON.stringify(outcome)}`,
    )
  for (const line of response.headers.getSetCookie())
    must(
      /^__Host-interaqt-session(\.\d)?=[\w.-]*; .*Path=\/.*HttpOnly.*Secure.*SameSite=Lax/.test(line),
      `It sets ${line.slice(0, 100)}`,
    )
  must(faults.length === 0, `A fault was reported: ${String(faults[0])}`)
}

interface Values {
  /** The cookie as the application sets it: whole, or in pieces. */
  pairs: string[]
  whole: string
  otherSecret: string
  otherPurpose: string
}

/** A genuine session of a person. Alice's fits into one cookie, Mallory's takes two. */
async function valuesOf(
  { options, key, app }: SessionScene,
  person: (typeof PEOPLE)[number],
): Promise<Values> {
  const claims = userClaims(ISSUER, { sub: person, aud: RESOURCE })
  const accessToken = await signToken(key, claims)
  const inSeconds = Math.floor(Date.now() / 1_000) + 86_400
  const ticket = new CookieSessions().ticketOf({
    id: person,
    generation: 0,
    userId: person,
    signedInAt: inSeconds - 86_400,
    expiresAt: inSeconds,
    accessToken,
    accessTokenExpiresAt: claims.exp ?? 0,
    profile: {
      name: person,
      ...(person === 'mallory' && { picture: `https://example.com/${'x'.repeat(3_500)}` }),
    },
  })
  const linesOf = (cookieSecret: string | readonly string[]) =>
    new SessionCookie(toSettings({ ...options, cookieSecret })).write(ticket, inSeconds, {})
  const pairs = (await linesOf(options.cookieSecret)).map(pairOf)
  const others = (await linesOf('another secret, long enough to be one')).map(pairOf)
  const signIn = await app.request(`${ORIGIN}/auth/sign-in`)
  return {
    pairs,
    whole: pairs.map(valueIn).join(''),
    otherSecret: others.map(valueIn).join(''),
    otherPurpose: valueIn(pairOf(signIn.headers.getSetCookie()[0] ?? '')),
  }
}

function valueIn(pair: string): string {
  return pair.slice(pair.indexOf('=') + 1)
}

type Part = Exclude<typeof value extends fc.Arbitrary<infer Value> ? Value : never, string>

function written({ of, part, at }: Part, values: ReadonlyMap<string, Values>): string {
  const { whole = '', pairs = [], otherSecret = '', otherPurpose = '' } = values.get(of) ?? {}
  const index = Math.floor(at * whole.length)
  switch (part) {
    case 'whole':
      return whole
    case '.0':
      return valueIn(pairs[0] ?? '')
    case '.1':
      return valueIn(pairs[1] ?? '')
    case 'cut':
      return whole.slice(0, index)
    case 'changed':
      return `${whole.slice(0, index)}${whole[index] === 'A' ? 'B' : 'A'}${whole.slice(index + 1)}`
    case 'spelt otherwise':
      // The last character of the tag holds 2 bits of it, and 4 that stand for nothing.
      return whole.slice(0, -1) + String.fromCharCode(whole.charCodeAt(whole.length - 1) + 1)
    case 'quoted':
      return `"${whole}"`
    case 'encoded':
      return `%${whole.charCodeAt(0).toString(16)}${whole.slice(1)}`
    case 'of another secret':
      return otherSecret
    default:
      return otherPurpose
  }
}

/**
 * Whether a header carries exactly this person's cookie, under the exact name and once. Written again, and as strict as
 * RFC 6265 reads it: white space is a space or a tab. A value in quotes or percent-encoded is the same value.
 */
function isSentBy(header: string, pairs: readonly string[]): boolean {
  const sent = header.split(';').map((pair) => {
    const [name = ''] = pair.split('=', 1)
    return { name: trimmed(name), value: decoded(trimmed(pair.slice(name.length + 1))) }
  })
  const own = sent.filter(({ name }) => name === NAME || /^__Host-interaqt-session\.\d$/.test(name))
  const isOnce = new Set(own.map(({ name }) => name)).size === own.length
  const whole = pairs.map(valueIn).join('')
  const single = own.length === 1 && own[0]?.name === NAME && own[0].value === whole
  const pieces = own.filter(({ name }) => name !== NAME).sort((a, b) => a.name.localeCompare(b.name))
  return (
    isOnce &&
    (single || (pieces.length === own.length && pieces.map(({ value }) => value).join('') === whole))
  )
}

function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '')
}

/** A value that no cookie can have (RFC 6265, 4.1.1; a space is let pass) counts as an empty one. */
function decoded(value: string): string {
  const inner = /^".*"$/s.test(value) ? value.slice(1, -1) : value
  if (!/^[ !#-:<-[\]-~]*$/.test(inner)) return ''
  try {
    return decodeURIComponent(inner)
  } catch {
    return inner
  }
}
