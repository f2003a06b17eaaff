/** How a person is signed in: with a token in the browser, or with a session in the cookie or in a store. */
export const MODES = ['token', 'cookie', 'store'] as const
export type Mode = (typeof MODES)[number]

/** Which way of the sync is left to tell the application: the others are missing or have failed. */
const WAYS = ['none', 'event', 'replay', 'reconcile'] as const
export type Way = (typeof WAYS)[number]

/** When a person is first refused, in the order in which the moments come. */
export const MOMENTS = {
  now: 'at once',
  delivery: 'with the delivery',
  replay: 'at the next replay',
  reconcile: 'at the next reconcile',
  expiry: 'when the access token expires',
  never: 'not by this',
} as const
export type Moment = keyof typeof MOMENTS

/** What is revoked. Each has an act in `revocation-acts.ts`. */
export type Revocation =
  | 'suspended'
  | 'deleted'
  | 'signed out'
  | 'signed out, copied'
  | 'signed out at Logto'
  | 'signed out at Logto, not registered'
  | 'session revoked'
  | 'session and grants revoked'
  | 'role removed'
  | 'password changed'

/** One line of the table: `undefined` where the mode has no such thing. */
export interface Line {
  revocation: Revocation
  /** The first column of the page. */
  title: string
  /** The second column: ways that answer alike share a line. */
  ways: readonly Way[]
  cells: Readonly<Record<Mode, Moment | undefined>>
}

const everywhere = (moment: Moment): Line['cells'] => ({ token: moment, cookie: moment, store: moment })

const byWay = (revocation: Revocation, title: string): Line[] => [
  { revocation, title, ways: ['none'], cells: everywhere('expiry') },
  { revocation, title, ways: ['event'], cells: everywhere('delivery') },
  { revocation, title, ways: ['replay'], cells: everywhere('replay') },
  { revocation, title, ways: ['reconcile'], cells: everywhere('reconcile') },
]

const always = (revocation: Revocation, title: string, cells: Line['cells']): Line => ({
  revocation,
  title,
  ways: WAYS,
  cells,
})

/**
 * How long a revocation takes. `revocation.test.ts` does what each line says in an application of each mode, and measures
 * every cell; `revocation-page.test.ts` compares the page with it.
 */
export const TABLE: readonly Line[] = [
  ...byWay('suspended', 'the user is suspended in Logto'),
  ...byWay('deleted', 'the user is deleted in Logto'),
  always('signed out', 'the person signs out here', { token: 'expiry', cookie: 'now', store: 'now' }),
  always('signed out, copied', 'the same, for a copy of the cookie in another process, or after a restart', {
    token: undefined,
    cookie: 'expiry',
    store: 'now',
  }),
  always(
    'signed out at Logto',
    'the person signs out of Logto in another application, back-channel logout registered',
    { token: 'never', cookie: 'now', store: 'now' },
  ),
  always('signed out at Logto, not registered', 'the same, not registered', everywhere('never')),
  always(
    'session revoked',
    'an administrator revokes the session (`DELETE /api/users/:id/sessions/:sid`)',
    everywhere('never'),
  ),
  always(
    'session and grants revoked',
    'the same with `?revokeGrantsTarget=all`, or the grant is revoked',
    everywhere('expiry'),
  ),
  always('role removed', 'a role is taken away', everywhere('expiry')),
  always('password changed', 'an administrator sets another password', everywhere('never')),
]

/** What is replaced. Each has a test in `secrets.test.ts`. */
export type Secret =
  | 'token key, once'
  | 'token key, withdrawn'
  | 'machine secret'
  | 'web secret'
  | 'cookie secret, old one kept'
  | 'cookie secret, old one dropped'
  | 'webhook signing key'

/** One line of the second table. */
export interface SecretLine {
  secret: Secret
  title: string
  cells: Readonly<Record<Mode, string | undefined>>
}

const alike = (text: string): SecretLine['cells'] => ({ token: text, cookie: text, store: text })
const inSessions = (text: string): SecretLine['cells'] => ({ token: undefined, cookie: text, store: text })
const RENEWED = 'the same; the session gets another token by itself'
const UNTIL_KEYS = 'refused once the keys are fetched again (`keys.maxAgeMs`, 5 minutes)'

/** How long what was made with an old key or secret counts. `secrets.test.ts` holds every cell. */
export const SECRETS: readonly SecretLine[] = [
  {
    secret: 'token key, once',
    title: "Logto's signing key, once: its old tokens",
    cells: alike('until they expire: Logto still publishes the key'),
  },
  {
    secret: 'token key, withdrawn',
    title: "Logto's signing key, twice, or once and the previous key deleted: its old tokens",
    cells: { token: `${UNTIL_KEYS}; the browser gets another`, cookie: RENEWED, store: RENEWED },
  },
  {
    secret: 'machine secret',
    title: 'secret of the machine application: its tokens',
    cells: alike('until they expire; the secret itself no longer, once it is deleted in Logto'),
  },
  {
    secret: 'web secret',
    title: 'secret of the web application, deleted before the new one is deployed: sessions',
    cells: inSessions('they stay; renewals answer 503 until the new secret is deployed'),
  },
  {
    secret: 'cookie secret, old one kept',
    title: 'cookie secret, the old one still in the list: sessions',
    cells: inSessions('they stay'),
  },
  {
    secret: 'cookie secret, old one dropped',
    title: 'cookie secret, the old one dropped: sessions that it sealed',
    cells: inSessions('all end with the deployment'),
  },
  {
    secret: 'webhook signing key',
    title: "the webhook's signing key: deliveries signed with the old one",
    cells: alike('believed until the deployment that drops it from `signingKey`'),
  },
]

const WAY_NAMES: Record<Way, string> = {
  none: 'none',
  event: 'event',
  replay: 'replay: the delivery failed',
  reconcile: 'reconcile alone: the delivery was lost without a trace',
}

const NOTHING = '–'
const MODE_NAMES = ['token mode', 'session in the cookie', 'session in a store']

/** Returns the tables as the page has them. */
export function toMarkdown(): { revocations: string; secrets: string } {
  const lines = TABLE.map(({ title, ways, cells }) => {
    const way = ways.length === WAYS.length ? 'any' : ways.map((one) => WAY_NAMES[one]).join(', ')
    return [title, way, ...MODES.map((mode) => textOf(cells[mode]))]
  })
  const secrets = SECRETS.map(({ title, cells }) => [title, ...MODES.map((mode) => cells[mode] ?? NOTHING)])
  return {
    revocations: tableOf(['what happens', 'sync', ...MODE_NAMES], lines),
    secrets: tableOf(['what is replaced', ...MODE_NAMES], secrets),
  }
}

function tableOf(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const rows = [head, ...lines].map((cells) => `| ${cells.join(' | ')} |`)
  return rows.toSpliced(1, 0, `|${'---|'.repeat(head.length)}`).join('\n')
}

function textOf(moment: Moment | undefined): string {
  return moment === undefined ? NOTHING : MOMENTS[moment]
}
