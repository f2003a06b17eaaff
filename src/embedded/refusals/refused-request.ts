import type { ApplicationType } from '../../testing/records/records.js'

/** A request that the embedded Logto refused because of a value that is not as it is registered. */
export interface RefusedRequest {
  /** The parameter that was refused; `origin` is the header of a request by a page of another origin. */
  what: 'client_id' | 'client_secret' | 'redirect_uri' | 'post_logout_redirect_uri' | 'resource' | 'origin'
  /** The value that came; empty for a secret. */
  sent: string
  /** The values that would have been accepted; for a client id those of the applications that people sign in with. */
  registered: readonly string[]
  /** The application that asked; undefined when it is unknown. */
  application: { id: string; name: string; type: ApplicationType } | undefined
}

/** Returns the line that a person changes so that a refused request passes. */
export type RemedyFor = (refused: RefusedRequest) => string

/** The line for who started the embedded Logto in code: what to give to `startEmbeddedLogto`. */
export const remedyInCode: RemedyFor = (refused) => {
  const { what, sent, registered, application } = refused
  const id = quoted(application?.id ?? sent)
  const ofApplication = (option: string) =>
    `startEmbeddedLogto({ applications: [{ id: ${id}, ${option}: [${quoted(sent)}] }] })`
  switch (what) {
    case 'client_id':
      return registered[0] === undefined
        ? `startEmbeddedLogto({ applications: [{ id: ${id}, name: 'App', type: 'SPA', redirectUris: […] }] })`
        : `new Client({ appId: ${quoted(registered[0])} })`
    case 'client_secret':
      return `startEmbeddedLogto({ applications: [{ id: ${id}, secret: … }] })`
    case 'redirect_uri':
      return ofApplication('redirectUris')
    case 'post_logout_redirect_uri':
      return ofApplication('postLogoutRedirectUris')
    case 'origin':
      return ofApplication('corsAllowedOrigins')
    case 'resource': {
      const meant = slipIn(refused)?.meant
      if (meant !== undefined) return `new Client({ resource: ${quoted(meant)} })`
      return `startEmbeddedLogto({ resources: [{ indicator: ${quoted(sent)} }] })`
    }
  }
}

/**
 * Returns the registered value that was most likely meant, and how the one that came differs from it, when people
 * overlook the difference: a slash at the end, letter case, http or https, localhost or 127.0.0.1.
 */
export function slipIn({
  sent,
  registered,
}: RefusedRequest): { meant: string; difference: string } | undefined {
  for (const [difference, normal] of SLIPS) {
    const meant = registered.find((value) => normal(value) === normal(sent))
    if (meant !== undefined) return { meant, difference }
  }
  return undefined
}

const SLIPS: readonly (readonly [difference: string, normal: (value: string) => string])[] = [
  ['the slash at its end', (value) => value.replace(/\/+$/, '')],
  ['letter case', (value) => value.toLowerCase()],
  ['http or https', (value) => value.replace(/^https:/, 'http:')],
  [
    'the name of this machine',
    (value) => value.replace(/^(https?:\/\/)(localhost|\[::1\])(?=[:/]|$)/, '$1127.0.0.1'),
  ],
]

/** Returns one line for a terminal. It names what came and what would do, never a secret. */
export function refusalLine(refused: RefusedRequest, remedy: string): string {
  const { what, sent, registered, application } = refused
  const of = application ? ` of application ${quoted(application.id)}` : ''
  const known = registered.length > 0 ? registered.slice(0, SHOWN).map(quoted).join(', ') : 'none'
  const more = registered.length > SHOWN ? ` and ${registered.length - SHOWN} more` : ''
  if (what === 'client_secret') return `Refused: wrong client_secret${of}. To change: ${remedy}`
  return `Refused: ${what} ${quoted(sent)}${of} is not registered. Registered: ${known}${more}. To change: ${remedy}`
}

/** How many registered values are shown. */
export const SHOWN = 12

/**
 * Returns a text in quotes, cut short and without control characters: any page that a browser shows can send it, and a
 * terminal obeys some of them.
 */
export function quoted(text: string): string {
  const short = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
  return `'${JSON.stringify(short)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll("'", "\\'")
    .replaceAll(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, (character) => {
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
    })}'`
}

const MAX_SHOWN = 300
