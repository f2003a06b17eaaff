import type { BrowserContext, Page, Response } from 'playwright-core'

/** A text that a browser got or keeps, and where. */
export interface Place {
  name: string
  text: string
}

/** What the answers of a token endpoint are made of. */
const NAMES = /\b(access|refresh|id)_token\b/

/**
 * What looks like a token in a text: a JWT signed by whomever, a field of a token endpoint's answer, or one of the tokens
 * that are known to have been issued. The encrypted cookie (JWE, `alg: dir`) is none.
 */
export function tokensIn(text: string, issued: Iterable<string> = []): string[] {
  const jwts = text.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g) ?? []
  const names = NAMES.exec(text)?.[0]
  return [
    ...jwts.filter(isSigned),
    ...(names === undefined ? [] : [names]),
    ...[...issued].filter((token) => text.includes(token)),
  ]
}

/** The names of the places where a token is. */
export function placesWithTokens(places: readonly Place[], issued: Iterable<string> = []): string[] {
  const known = [...issued]
  return places.filter(({ text }) => tokensIn(text, known).length > 0).map(({ name }) => name)
}

/** Reads every request and answer of every page of a context along: address, headers, bodies. */
export function readAlong(context: BrowserContext): { places(): Promise<Place[]> } {
  const reading: Promise<Place[]>[] = []
  context.on('response', (response) => reading.push(placesOf(response)))
  return { places: async () => (await Promise.all(reading)).flat() }
}

async function placesOf(response: Response): Promise<Place[]> {
  const request = response.request()
  const url = response.url()
  const [sent, headers, body] = await Promise.all([
    request.allHeaders().catch(() => ({})),
    response.allHeaders().catch(() => ({})),
    // A redirect has none; the browser forgets those of pages that it has left.
    response.text().catch(() => ''),
  ])
  return [
    { name: `request ${url}`, text: [url, JSON.stringify(sent), request.postData() ?? ''].join('\n') },
    { name: `headers of ${url}`, text: JSON.stringify(headers) },
    { name: `body of ${url}`, text: body },
  ]
}

/** What scripts of a page can read. */
export async function readableBy(page: Page): Promise<Place[]> {
  const read = await page.evaluate(async () => {
    const places: [name: string, content: unknown][] = [
      ['document.cookie', document.cookie],
      ['localStorage', { ...localStorage }],
      ['sessionStorage', { ...sessionStorage }],
      ['window.name', window.name],
      ['location', location.href],
      ['history.state', history.state],
      ['the document', document.documentElement.outerHTML],
    ]
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await answerOf(indexedDB.open(name))
      for (const store of database.objectStoreNames) {
        const records = database.transaction(store).objectStore(store)
        places.push([
          `IndexedDB ${name} ${store}`,
          [await answerOf(records.getAllKeys()), await answerOf(records.getAll())],
        ])
      }
      database.close()
    }
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      for (const request of await cache.keys()) {
        places.push([`cache ${name} ${request.url}`, await (await cache.match(request))?.text()])
      }
    }
    return places.map(([name, content]) => ({ name, text: JSON.stringify(content) ?? '' }))

    function answerOf<Result>(request: IDBRequest<Result>): Promise<Result> {
      return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    }
  })
  return read
}

function isSigned(jwt: string): boolean {
  try {
    const header: unknown = JSON.parse(Buffer.from(jwt.slice(0, jwt.indexOf('.')), 'base64url').toString())
    return Object(header).alg !== 'dir'
  } catch {
    return false
  }
}
