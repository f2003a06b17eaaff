import { document, escaped } from './document.js'

/** What a sign-in or sign-up page shows. */
export interface FormPage {
  kind: 'sign-in' | 'register'
  /** Name of the application that asks. */
  applicationName: string
  /** Query string that leads to the other page and back to this one, without `?`. */
  query: string
  identifier: string
  /** Accounts to show below the form; none by default. */
  accounts?: readonly ShownAccount[] | undefined
  error?: { message: string; field?: 'identifier' | 'password' } | undefined
}

/** An account that anybody may use. */
export interface ShownAccount {
  identifier: string
  /** Undefined when it is not shown. */
  password: string | undefined
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
    <p class="other">${words.question} <a href="${escaped(`/${words.other}${query}`)}">${words.answer}</a></p>
    ${page.kind === 'sign-in' ? accountsTable(page.accounts ?? []) : ''}`,
  )
}

function accountsTable(accounts: readonly ShownAccount[]): string {
  if (accounts.length === 0) return ''
  const hasPasswords = accounts.some(({ password }) => password !== undefined)
  const cell = (text: string | undefined) => (text === undefined ? '' : `<code>${escaped(text)}</code>`)
  const rows = accounts
    .slice(0, MAX_ACCOUNTS)
    .map(
      ({ identifier, password }) =>
        `<tr><th scope="row">${cell(identifier)}</th>${hasPasswords ? `<td>${cell(password)}</td>` : ''}</tr>`,
    )
  const more = accounts.length - rows.length
  return `<section class="accounts" aria-labelledby="accounts">
      <h2 id="accounts">Accounts for development</h2>
      <table>
        <thead><tr><th scope="col">Account</th>${hasPasswords ? '<th scope="col">Password</th>' : ''}</tr></thead>
        <tbody>${rows.join('')}</tbody>
      </table>
      ${more > 0 ? `<p>and ${more} more</p>` : ''}
    </section>`
}

const MAX_ACCOUNTS = 10

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
