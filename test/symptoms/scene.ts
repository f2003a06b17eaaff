import { format } from 'node:util'
import { vi } from 'vitest'
import { Client as BrowserClient, type ClientOptions as BrowserOptions } from '../../src/browser/index.js'
import {
  type EmbeddedLogto,
  type EmbeddedLogtoOptions,
  startEmbeddedLogto,
} from '../../src/embedded/index.js'
import { type RunningServer, type ServerOptions, startServer } from '../../src/http/index.js'
import { Client, type ClientOptions, createParseUserId } from '../../src/server/index.js'
import { openTab, type Tab } from '../browser/tab.js'
import { startGreetingApp } from '../http/greeting-app.js'
import { TestBrowser } from '../session/support/browser.js'
import { freePort } from '../support/free-port.js'

/** Where the frontend is. Nothing listens there: the tests play its page. */
export const PAGE = 'http://localhost:5173'
const REDIRECT_URI = `${PAGE}/callback`
export const ALICE = { username: 'alice', password: 'correct-horse-9' }
export type Scene = Awaited<ReturnType<typeof setScene>>

/** A Logto, an application on PGLite and a page in a browser, put together rightly. Each test then makes one mistake. */
export async function setScene() {
  const app = await startGreetingApp()
  const port = await freePort()
  const interaqtEndpoint = `http://127.0.0.1:${port}`
  const resource = `${interaqtEndpoint}/interaction`
  const running: { close(): Promise<void> }[] = []
  const printed: string[] = []

  const startLogto = async (options: EmbeddedLogtoOptions = {}): Promise<EmbeddedLogto> => {
    const logto = await startEmbeddedLogto({
      port: 0,
      users: [ALICE],
      applications: [{ id: 'spa', name: 'Frontend', type: 'SPA', redirectUris: [REDIRECT_URI] }],
      resources: [{ indicator: resource }],
      ...options,
    })
    running.push(logto)
    return logto
  }
  const startApi = async (
    logto: EmbeddedLogto,
    client: Partial<ClientOptions> = {},
    options: Partial<ServerOptions> = {},
  ): Promise<RunningServer> => {
    const alice = logto.state.users.byIdentifier(ALICE.username)
    await app.storage.create('User', { logtoId: alice?.id, name: 'Alice' })
    const parseUserId = createParseUserId(
      new Client({ logtoEndpoint: logto.url, interaqtEndpoint, ...client }),
    )
    const server = await startServer(app.controller, { port, parseUserId, ...options })
    running.push(server)
    return server
  }
  const openPage = (logto: EmbeddedLogto, options: Partial<BrowserOptions> = {}): SymptomPage => {
    const client = new BrowserClient({ logtoEndpoint: logto.url, appId: 'spa', interaqtEndpoint, ...options })
    return new SymptomPage(client, openTab(`${PAGE}/`))
  }

  return {
    app,
    interaqtEndpoint,
    resource,
    startLogto,
    startApi,
    openPage,
    /** Collects what the console gets, each call as one text. */
    listen() {
      for (const level of ['debug', 'info', 'log', 'warn', 'error'] as const) {
        vi.spyOn(console, level).mockImplementation((...words) => void printed.push(format(...words)))
      }
    },
    /** What was printed since the scene was last cleared. */
    printed: (): readonly string[] => printed,
    /** Ends what a test has started. */
    async clear() {
      printed.length = 0
      vi.restoreAllMocks()
      vi.unstubAllGlobals()
      await Promise.all(running.splice(0).map((one) => one.close()))
    },
    close: () => app.close(),
  }
}

/** The page of the frontend, and the person in front of it. */
export class SymptomPage {
  readonly client: BrowserClient
  readonly tab: Tab
  readonly #person = new TestBrowser()

  constructor(client: BrowserClient, tab: Tab) {
    this.client = client
    this.tab = tab
    this.#person.serve(PAGE, () => new Response('the page'))
  }

  /** Goes to Logto and as far as it leads. Returns the text of the page where the browser stays. */
  async goToLogto(redirectUri = REDIRECT_URI): Promise<string> {
    await this.client.signIn(redirectUri)
    const { url, response } = await this.#person.open(this.tab.visited.at(-1) ?? '', ALICE)
    this.tab.href = url
    return response.text()
  }

  /** Signs in, and completes it as each page does when it starts. */
  async signIn(): Promise<void> {
    await this.goToLogto()
    await this.client.handleCallback()
  }
}

/** Returns the name, code and message of what a promise rejects with, as a browser's console shows it. */
export async function failureOf(work: Promise<unknown>): Promise<string> {
  const failure: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(failure instanceof Error)) throw new Error('Nothing failed')
  return `${failure.name} ${'code' in failure ? failure.code : ''}: ${failure.message}`
}
