import { type RefusedRequest, SHOWN, slipIn } from '../refusals/refused-request.js'
import { document, escaped } from './document.js'

/** What the page about a refused request shows. */
export interface RefusalPage {
  /** The OAuth error, and its description. */
  error: string
  description: string
  /** What was not as registered; undefined when the error has another reason. */
  refused?: RefusedRequest | undefined
  /** The line that a person changes. */
  remedy?: string | undefined
  /** Where the browser would have gone on to: the application, with the error. */
  onward?: string | undefined
}

const WORDS: Record<
  RefusedRequest['what'],
  { title: string; sent: string; registered: string; none: string }
> = {
  client_id: {
    title: 'There is no such application',
    sent: 'The client id that came',
    registered: 'Applications to sign in with',
    none: 'There is none.',
  },
  client_secret: {
    title: 'The client secret is wrong',
    sent: 'The secret that came',
    registered: 'Registered',
    none: 'It is not shown.',
  },
  redirect_uri: {
    title: 'This redirect URI is not registered',
    sent: 'The redirect URI that came',
    registered: 'Registered redirect URIs',
    none: 'There is none.',
  },
  post_logout_redirect_uri: {
    title: 'This sign-out redirect URI is not registered',
    sent: 'The sign-out redirect URI that came',
    registered: 'Registered sign-out redirect URIs',
    none: 'There is none.',
  },
  resource: {
    title: 'This API resource is not registered',
    sent: 'The resource that came',
    registered: 'Registered resources',
    none: 'There is none.',
  },
  origin: {
    title: 'This origin is not allowed',
    sent: 'The origin that came',
    registered: 'Allowed origins',
    none: 'There is none.',
  },
}

/** Returns the page for a person whose request was refused: what came, what is registered, and the line to change. */
export function refusalPage({ error, description, refused, remedy, onward }: RefusalPage): string {
  const title = refused ? WORDS[refused.what].title : 'Logto refused this request'
  const asked = refused?.application
    ? `<p class="lead">Asked by <strong>${escaped(refused.application.name)}</strong>, <code>${escaped(refused.application.id)}</code></p>`
    : ''
  return document(
    title,
    `<h1>${title}</h1>
    ${asked}
    ${refused ? detailsOf(refused) : ''}
    ${remedy ? `<h2>The line to change</h2><pre tabindex="0"><code>${escaped(remedy)}</code></pre>` : ''}
    <p class="other">OAuth error <code>${escaped(error)}</code>: ${escaped(description)}</p>
    ${onward ? `<p class="other">A Logto of your own sends this error to the application: <a href="${escaped(onward)}">go there with it</a></p>` : ''}`,
    { isWide: true },
  )
}

function detailsOf(refused: RefusedRequest): string {
  const { sent, registered } = refused
  const words = WORDS[refused.what]
  const slip = slipIn(refused)
  const items = registered.slice(0, SHOWN).map((value) => `<li><code>${escaped(value)}</code></li>`)
  if (registered.length > SHOWN) items.push(`<li>and ${registered.length - SHOWN} more</li>`)
  return `<h2>${words.sent}</h2>
    <p><code>${escaped(sent.length > 500 ? `${sent.slice(0, 500)}…` : sent)}</code></p>
    ${slip ? `<p class="slip">${escaped(`It differs from ${slip.meant} only in ${slip.difference}. Logto compares byte for byte.`)}</p>` : ''}
    <h2>${words.registered}</h2>
    ${items.length > 0 ? `<ul>${items.join('')}</ul>` : `<p>${words.none}</p>`}`
}
