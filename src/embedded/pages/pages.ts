/** What a sign-in or sign-up page shows. */
export interface FormPage {
  kind: 'sign-in' | 'register'
  /** Name of the application that asks. */
  applicationName: string
  /** Query string that leads to the other page and back to this one, without `?`. */
  query: string
  identifier: string
  error?: { message: string; field?: 'identifier' | 'password' } | undefined
}

const WORDS = {
  'sign-in': {
    title: 'Sign in',
    submit: 'Sign in',
    other: 'register',
    question: 'New here?',
    answer: 'Create account',
    identifier: 'Username or email',
    autocomplete: 'current-password',
  },
  register: {
    title: 'Create your account',
    submit: 'Create account',
    other: 'sign-in',
    question: 'Already have an account?',
    answer: 'Sign in',
    identifier: 'Username or email',
    autocomplete: 'new-password',
  },
} as const

/** Returns the sign-in or sign-up page: one form, usable by keyboard and screen reader, without scripts. */
export function formPage(page: FormPage): string {
  const words = WORDS[page.kind]
  const query = page.query ? `?${page.query}` : ''
  const invalid = (field: 'identifier' | 'password'): string =>
    page.error && (page.error.field ?? field) === field ? ' aria-invalid="true" aria-describedby="error"' : ''
  // The focus is on the field to type into next: the one in error, or else the first empty one.
  const focus = page.error?.field ?? (page.identifier ? 'password' : 'identifier')
  const autofocus = (field: string): string => (field === focus ? ' autofocus' : '')
  return document(
    words.title,
    `<h1>${words.title}</h1>
    <p class="lead">to continue to <strong>${escaped(page.applicationName)}</strong></p>
    ${page.error ? `<p id="error" class="error" role="alert">${escaped(page.error.message)}</p>` : ''}
    <form method="post" action="${escaped(`/${page.kind}${query}`)}">
      <label for="identifier">${words.identifier}</label>
      <input id="identifier" name="identifier" type="text" required autocomplete="username" autocapitalize="none"
        spellcheck="false" value="${escaped(page.identifier)}"${invalid('identifier')}${autofocus('identifier')}>
      <label for="password">Password</label>
      <input id="password" name="password" type="password" required
        autocomplete="${words.autocomplete}"${invalid('password')}${autofocus('password')}>
      <button type="submit">${words.submit}</button>
      <button type="submit" class="quiet" formaction="/sign-in/cancel" formnovalidate>Cancel</button>
    </form>
    <p class="other">${words.question} <a href="${escaped(`/${words.other}${query}`)}">${words.answer}</a></p>`,
  )
}

/** Returns the page for an interaction that is unknown or over. */
export function expiredPage(): string {
  return document(
    'Sign-in expired',
    `<h1>This sign-in has expired</h1>
    <p class="lead">Go back to the application and sign in again.</p>`,
  )
}

/** Returns the sign-out step. It submits itself, and has a button for browsers without scripts. */
export function signOutPage(form: string): string {
  const button = '<button type="submit" name="logout" value="yes" autofocus>Sign out</button>'
  return document(
    'Sign out',
    `<h1>Signing you out</h1>
    ${form.replace('</form>', `<input type="hidden" name="logout" value="yes"><noscript>${button}</noscript></form>`)}
    <script>document.getElementById('op.logoutForm').submit()</script>`,
  )
}

/** Returns the page after a sign-out when the application names no page of its own. */
export function signedOutPage(): string {
  return document('Signed out', '<h1>You are signed out</h1><p class="lead">You can close this page.</p>')
}

/** Escapes a text for HTML text and attribute values. */
function escaped(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1c1b22; --soft: #5b5966; --line: #8a8797; --page: #f3f1f8; --card: #fff;
  --accent: #5b34d6; --on-accent: #fff; --error: #a8132f; --error-page: #fdecef }
@media (prefers-color-scheme: dark) { :root { --ink: #f2f0f7; --soft: #b5b2c0; --line: #7d7a8a; --page: #15141a;
  --card: #201f27; --accent: #a78bff; --on-accent: #15141a; --error: #ffb3c0; --error-page: #3b1720 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; min-height: 100dvh; display: grid; place-content: center; justify-items: center;
  gap: 1rem; padding: 1rem; background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main { width: min(26rem, calc(100vw - 2rem)); background: var(--card); padding: 2rem; border-radius: 1rem;
  box-shadow: 0 1px 2px rgb(0 0 0 / .1), 0 12px 40px rgb(50 30 120 / .12) }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.2; letter-spacing: -.01em }
.lead { margin: .35rem 0 1.5rem; color: var(--soft) }
.lead strong { color: var(--ink) }
form { display: grid; gap: .4rem }
label { font-weight: 600; margin-top: .5rem }
input:not([type=hidden]) { font: inherit; color: inherit; background: transparent; padding: .7rem .8rem; width: 100%;
  border: 1px solid var(--line); border-radius: .6rem }
input[aria-invalid] { border-color: var(--error) }
button { font: inherit; font-weight: 600; padding: .75rem; margin-top: 1rem; border: 0; border-radius: .6rem; cursor: pointer;
  background: var(--accent); color: var(--on-accent) }
button.quiet { margin-top: 0; background: transparent; color: var(--soft) }
button:hover { filter: brightness(1.08) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.error { margin: 0 0 1rem; padding: .7rem .9rem; border-radius: .6rem; background: var(--error-page); color: var(--error) }
.other { margin: 1rem 0 0; text-align: center; color: var(--soft) }
a { color: var(--accent); font-weight: 600 }
footer { color: var(--soft); font-size: .85rem; text-align: center }
`

function document(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title} · embedded Logto</title>
  <style>${STYLE}</style>
</head>
<body>
  <main>
    ${body}
  </main>
  <footer>Embedded Logto, for development and tests only</footer>
</body>
</html>
`
}
