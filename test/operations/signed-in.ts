import { sendForm, text } from '../contract/http.js'
import { type Credentials, Person } from '../contract/person.js'
import { TestBrowser } from '../session/support/browser.js'

/** A person who is signed in to an application. */
export interface SignedIn {
  readonly userId: string
  /** Whether the application serves this person. A fault, such as 500 or 503, is neither: it is thrown. */
  isServed(): Promise<boolean>
  /** Signs out here, as the Clients do. What is copied before goes on being asked with. */
  signOut(): Promise<void>
  /** Ends the person's session at Logto, as another application of the tenant does. */
  signOutAtLogto(): Promise<void>
  /** Goes on with a copy of what this person has, at another process. */
  copyTo(application: Served): SignedIn
}

/** An application as far as requests go. */
export interface Served {
  fetch(request: Request): Response | Promise<Response>
}

interface Place {
  userId: string
  logtoUrl: string
  baseUrl: string
  scope: string
  application: Served
}

interface Spa extends Place {
  appId: string
  redirectUri: string
}

/** Has an access token and a refresh token, as the browser Client keeps them. */
export class TokenPerson implements SignedIn {
  readonly #spa: Spa
  readonly #person: Person
  accessToken = ''
  #refreshToken: string

  private constructor(spa: Spa, person: Person, refreshToken: string) {
    this.#spa = spa
    this.#person = person
    this.#refreshToken = refreshToken
  }

  static async signIn(spa: Spa, credentials: Credentials): Promise<TokenPerson> {
    const { logtoUrl, baseUrl, appId, redirectUri, scope } = spa
    const person = new Person(logtoUrl)
    const { code, verifier } = await person.authorize(
      {
        client_id: appId,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: `openid offline_access profile ${scope}`,
        resource: `${baseUrl}/interaction`,
        state: 'state',
        prompt: 'consent',
      },
      credentials,
    )
    const answer = await sendForm(`${logtoUrl}/oidc/token`, {
      client_id: appId,
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: redirectUri,
    })
    const signedIn = new TokenPerson(spa, person, text(answer, 'refresh_token'))
    await signedIn.#refresh()
    return signedIn
  }

  get userId(): string {
    return this.#spa.userId
  }

  async isServed(): Promise<boolean> {
    if ((await this.call(this.accessToken)) === 200) return true
    // As the browser Client: one more time, with a token that Logto issued just now.
    return (await this.#refresh()) && (await this.call(this.accessToken)) === 200
  }

  async signOut(): Promise<void> {
    const { logtoUrl, appId } = this.#spa
    await sendForm(`${logtoUrl}/oidc/token/revocation`, { client_id: appId, token: this.#refreshToken })
  }

  async signOutAtLogto(): Promise<void> {
    const url = `${this.#spa.logtoUrl}/oidc/session/end?client_id=${this.#spa.appId}`
    await confirmSignOut(url, async (address, init) => {
      const { body } = await this.#person.visit(address, init)
      return String(body)
    })
  }

  copyTo(): SignedIn {
    throw new Error('A token is the same at every process')
  }

  /** A call with an access token alone, as somebody makes it who copied one. Returns the status. */
  call(accessToken: string): Promise<number> {
    const authorization = `Bearer ${accessToken}`
    return statusOf(
      this.#spa.application.fetch(
        new Request(`${this.#spa.baseUrl}/api/whoAmI`, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json' },
          body: '[]',
        }),
      ),
    )
  }

  async #refresh(): Promise<boolean> {
    const { logtoUrl, appId, baseUrl } = this.#spa
    const answer = await sendForm(`${logtoUrl}/oidc/token`, {
      client_id: appId,
      grant_type: 'refresh_token',
      refresh_token: this.#refreshToken,
      resource: `${baseUrl}/interaction`,
    })
    if (answer.fields.error === 'invalid_grant') return false
    this.accessToken = text(answer, 'access_token')
    this.#refreshToken = text(answer, 'refresh_token')
    return true
  }
}

/** Has the session's cookie. */
export class SessionPerson implements SignedIn {
  readonly #place: Place
  readonly #browser: TestBrowser

  private constructor(place: Place, browser: TestBrowser) {
    this.#place = place
    this.#browser = browser
  }

  static async signIn(place: Place, credentials: Credentials): Promise<SessionPerson> {
    const { baseUrl, application } = place
    const browser = new TestBrowser()
    browser.serve(baseUrl, (request) => application.fetch(request))
    await browser.open(`${baseUrl}/auth/sign-in`, credentials)
    return new SessionPerson(place, browser)
  }

  get userId(): string {
    return this.#place.userId
  }

  async isServed(): Promise<boolean> {
    return (await statusOf(this.#browser.post(`${this.#place.baseUrl}/api/whoAmI`, []))) === 200
  }

  async signOut(): Promise<void> {
    const { cookies } = this
    await this.#browser.post(`${this.#place.baseUrl}/auth/sign-out`)
    // The browser has lost its cookie. What is asked is whether the cookie still counts.
    for (const [name, value] of cookies) this.#browser.cookies(this.#place.baseUrl).set(name, value)
  }

  async signOutAtLogto(): Promise<void> {
    const url = `${this.#place.logtoUrl}/oidc/session/end?client_id=web`
    await confirmSignOut(url, async (address, init) => (await this.#browser.request(address, init)).text())
  }

  copyTo(application: Served): SignedIn {
    const browser = new TestBrowser()
    browser.serve(this.#place.baseUrl, (request) => application.fetch(request))
    for (const [name, value] of this.cookies) browser.cookies(this.#place.baseUrl).set(name, value)
    return new SessionPerson({ ...this.#place, application }, browser)
  }

  /** A copy of the cookies of now. */
  get cookies(): Map<string, string> {
    return new Map(this.#browser.cookies(this.#place.baseUrl))
  }
}

/** What Logto's page of a sign-out does by itself. */
async function confirmSignOut(
  url: string,
  visit: (url: string, init?: RequestInit) => Promise<string>,
): Promise<void> {
  const page = await visit(url)
  const action = /action="([^"]+)"/.exec(page)?.[1]
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1]
  if (!action || !xsrf) throw new Error('Logto shows no page that confirms a sign-out')
  const body = new URLSearchParams({ xsrf, logout: 'yes' })
  await visit(new URL(action, url).href, { method: 'POST', body })
}

async function statusOf(answering: Response | Promise<Response>): Promise<number> {
  const response = await answering
  const body = await response.text()
  if (![200, 401, 403].includes(response.status)) throw new Error(`It answered ${response.status} ${body}`)
  return response.status
}
