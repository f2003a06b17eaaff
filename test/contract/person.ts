import { createHash, randomBytes } from 'node:crypto'
import { type Answer, send } from './http.js'

/** A user that can sign in. */
export interface Credentials {
  username: string
  password: string
}

/** An authorization request and what came of it. */
export interface Authorization {
  code: string
  verifier: string
  redirectUri: string
  /** The URL that the browser ended at. */
  callback: URL
}

/** Parameters of an authorization request; undefined leaves one out. */
export type AuthorizationParameters = Record<string, string | readonly string[] | undefined>

/**
 * A person with a browser: the one place that knows how to sign in. It uses Logto's experience API, which its own pages
 * use and the embedded Logto speaks too.
 */
export class Person {
  readonly #endpoint: string
  readonly #cookies = new Map<string, string>()

  constructor(endpoint: string) {
    this.#endpoint = endpoint
  }

  /** Requests a URL with this person's cookies. */
  async visit(url: string, init: RequestInit = {}): Promise<Answer> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { 'user-agent': 'logto-contract/1.0', ...init.headers, cookie }
    const answer = await send(new URL(url, this.#endpoint), { ...init, headers })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return answer
  }

  /** Begins an authorization request. */
  begin(parameters: AuthorizationParameters): Promise<Answer> {
    return this.visit(`/oidc/auth?${queryOf(parameters)}`)
  }

  /** One step of the experience API. */
  step(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.visit(`/api/experience${path}`, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    })
  }

  /** Signs in with a password, after {@link begin} led to the sign-in page. Returns where the browser goes on. */
  async signIn({ username, password }: Credentials): Promise<string> {
    await this.step('PUT', '', { interactionEvent: 'SignIn' })
    const identifier = { type: 'username', value: username }
    const verified = await this.step('POST', '/verification/password', { identifier, password })
    if (verified.status !== 200) throw new SignInRefused(verified)
    await this.step('POST', '/identification', verified.body)
    return this.#submit()
  }

  /** Signs up with a username and a password. Returns where the browser goes on. */
  async register({ username, password }: Credentials): Promise<string> {
    await this.step('PUT', '', { interactionEvent: 'Register' })
    const identifier = { type: 'username', value: username }
    const verified = await this.step('POST', '/verification/new-password-identity', { identifier, password })
    await this.step('POST', '/identification', verified.body)
    return this.#submit()
  }

  /** Follows redirects within Logto until one leads elsewhere. */
  async follow(url: string): Promise<URL> {
    let next = new URL(url, this.#endpoint)
    for (let hops = 0; hops < 10; hops++) {
      if (next.origin !== new URL(this.#endpoint).origin) return next
      const answer = await this.visit(next.href)
      const location = answer.headers.get('location')
      if (!location) throw new Error(`${next.href} answered ${answer.status} without a redirect`)
      next = new URL(location, next)
    }
    throw new Error('redirects never leave Logto')
  }

  /** An authorization request from beginning to end. Signs in unless this person has a session. */
  authorize(parameters: AuthorizationParameters, credentials: Credentials): Promise<Authorization> {
    return this.#run(parameters, () => this.signIn(credentials))
  }

  /** As {@link authorize}, with a sign-up. */
  signUp(parameters: AuthorizationParameters, credentials: Credentials): Promise<Authorization> {
    return this.#run(parameters, () => this.register(credentials))
  }

  async #run(parameters: AuthorizationParameters, identify: () => Promise<string>): Promise<Authorization> {
    const verifier = randomBytes(48).toString('base64url')
    const redirectUri = String(parameters.redirect_uri)
    const begun = await this.begin({ ...pkceOf(verifier), ...parameters })
    const location = begun.headers.get('location') ?? ''
    const onward = location.startsWith('/consent') ? location : await identify()
    const callback = await this.follow(onward)
    const code = callback.searchParams.get('code')
    if (!code) throw new Error(`no code in ${callback}`)
    return { code, verifier, redirectUri, callback }
  }

  async #submit(): Promise<string> {
    const { body, status } = await this.step('POST', '/submit')
    if (typeof body === 'object' && body !== null && 'redirectTo' in body) return String(body.redirectTo)
    throw new Error(`submit answered ${status}`)
  }
}

/** The experience API refused a sign-in. */
export class SignInRefused extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super(`sign-in refused with ${answer.status}`)
    this.answer = answer
  }
}

/** The PKCE parameters of an authorization request. */
export const pkceOf = (verifier: string): AuthorizationParameters => ({
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
})

function queryOf(parameters: AuthorizationParameters): URLSearchParams {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    for (const item of typeof value === 'string' ? [value] : (value ?? [])) query.append(name, item)
  }
  return query
}
