import fc from 'fast-check'
import { returnToOf } from '../../src/session/cross-site.js'
import { SessionError } from '../../src/session/index.js'
import { addressOf } from '../../src/session/public-address.js'
import { fuzzerOf, must, type Target } from './target.js'

const BASES = [
  'https://app.example.com',
  'https://app.example.com/shop',
  'http://127.0.0.1:4000',
  'https://app.example.com:8443',
]
const AUTH = '/auth'

const piece = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      ...[
        '/',
        '//',
        '///',
        '\\',
        '/\\',
        '/.//',
        '/..',
        '/./',
        '.',
        '?',
        '#',
        '@',
        ':',
        ':443',
        ':80',
        '%2f',
        '%5c',
        '%00',
        ';',
      ],
      ...[
        'http:',
        'https:',
        'HTTPS:',
        'https:/',
        'blob:',
        'data:',
        'javascript:',
        'filesystem:',
        'ftp:',
        'ws:',
        'file:',
        'view-source:',
      ],
      ...['\t', '\n', '\r', '\0', ' ', '\u00a0', '\u2028', '\ufeff', '\u3002', '\uff0f', '\u2215', '\ud800'],
      ...[
        'evil.example',
        'app.example.com',
        'app.example.com.evil.example',
        '127.0.0.1',
        '127.0.0.1:4000',
        'localhost',
        '[::1]',
        'user:pass@',
        'null',
      ],
      ...[
        'auth',
        '/auth',
        '/auth/sign-in',
        '/auth/../auth/callback',
        'shop',
        '/shop/auth',
        'page',
        'page.html',
        'alert(1)',
        'a',
        'x=1',
      ],
    ),
  },
  { weight: 2, arbitrary: fc.constantFrom(...BASES) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
)
const returnTo = fc.oneof(
  { weight: 8, arbitrary: fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join('')) },
  { weight: 1, arbitrary: fc.webUrl() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
)
const input = fc.record({
  given: fc.oneof(
    { weight: 6, arbitrary: returnTo.map((one) => [one]) },
    { weight: 1, arbitrary: fc.array(returnTo, { maxLength: 3 }) },
  ),
  base: fc.constantFrom(...BASES),
})

/** The page to return to after a sign-in. */
export const returnToTarget: Target = {
  name: 'return-to',
  holds:
    'It is an http or https page of the own origin, for every reader of URLs, and none of the sign-in itself; or it is refused.',
  reaches: ['returned', 'refused'],
  open: async () =>
    fuzzerOf(input, ({ given, base }) => {
      const address = addressOf(base)
      let page: string
      try {
        page = returnToOf(given, address, AUTH)
      } catch (error) {
        if (error instanceof SessionError && error.code === 'return_to_refused') return 'refused'
        throw error
      }
      must(page.startsWith(`${address.origin}/`), `It leaves the origin: ${page}`)
      // As a browser reads the Location header: relative to the page that it was on.
      const read = new URL(page, `${base}/auth/callback`)
      must(read.href === page, `A browser reads it as ${read.href}`)
      must(
        read.origin === address.origin && ['http:', 'https:'].includes(read.protocol),
        `Of another origin: ${page}`,
      )
      must(read.username === '' && read.password === '', `It has credentials: ${page}`)
      must(
        !/[\0-\x20\x7f]|^[^?#]*\\/.test(page),
        `It has characters that others read differently: ${JSON.stringify(page)}`,
      )
      must(!`${read.origin}${read.pathname}/`.startsWith(`${base}${AUTH}/`), `A loop: ${page}`)
      return 'returned'
    }),
}
