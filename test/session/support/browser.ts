/**
 * A browser as far as cookies and redirects go: it keeps cookies per host, follows redirects by hand, and sends the
 * headers that browsers send by themselves.
 */
export class TestBrowser {
  readonly #jar = new Map<string, Map<string, string>>()
  /** Where requests to an origin really go: an app that is not listening. */
  readonly #apps = new Map<string, (request: Request) => Response | Promise<Response>>()
  /** Every answer so far. */
  readonly seen: { url: string; status: number; headers: Headers; body: string }[] = []

  serve(origin: string, app: (request: Request) => Response | Promise<Response>): void {
    this.#apps.set(origin, app)
  }

  /** One request, with the cookies of its host; cookies of the answer are kept. */
  async request(url: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(url)
    const headers = new Headers(init.headers)
    const cookie = this.cookieHeader(origin)
    if (cookie && !headers.has('cookie')) headers.set('cookie', cookie)
    const request = new Request(url, { ...init, headers, redirect: 'manual' })
    const app = this.#apps.get(origin)
    const response = app ? await app(request) : await fetch(request)
    this.keep(origin, response)
    this.seen.push({
      url,
      status: response.status,
      headers: response.headers,
      body: await response.clone().text(),
    })
    return response
  }

  /** A request that a page of the same origin sends. */
  post(url: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const sent = {
      origin: new URL(url).origin,
      'sec-fetch-site': 'same-origin',
      accept: 'application/json',
      ...headers,
    }
    return this.request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...sent },
      body: body === undefined ? null : JSON.stringify(body),
    })
  }

  /** Goes to a page and on, through redirects and the sign-in page, until an answer that leads nowhere. */
  async open(
    url: string,
    person?: { username: string; password: string },
  ): Promise<{ url: string; response: Response }> {
    let response = await this.request(url)
    for (let hops = 0; hops < 20; hops++) {
      const location = response.headers.get('location')
      if (location) {
        url = new URL(location, url).href
        response = await this.request(url)
        continue
      }
      const form = person && new URL(url).pathname === '/sign-in' && response.status === 200
      if (!form) return { url, response }
      const body = new URLSearchParams({ identifier: person.username, password: person.password })
      response = await this.request(url, { method: 'POST', body })
    }
    throw new Error(`Too many redirects, the last to ${url}`)
  }

  cookies(origin: string): Map<string, string> {
    const { hostname, port } = new URL(origin)
    // Real cookies do not know ports; tests that share 127.0.0.1 between two servers do.
    const key = `${hostname}:${port}`
    let cookies = this.#jar.get(key)
    if (!cookies) {
      cookies = new Map()
      this.#jar.set(key, cookies)
    }
    return cookies
  }

  cookieHeader(origin: string): string {
    return [...this.cookies(origin)].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  keep(origin: string, response: Response): void {
    const cookies = this.cookies(origin)
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
      if (/; Max-Age=0(;|$)/i.test(line) || /expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
  }
}
