import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

/** Where a Chromium may be: the environment first, then the places of the usual packages. */
const CANDIDATES = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** Without a desktop, a graphics card or a network beyond this machine. */
export const CHROMIUM_ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const chromiumPath: string | undefined = CANDIDATES.find((path) => path && existsSync(path))

/**
 * Whether tests that need a browser run. Without Chromium a developer's run skips them with a loud line; CI fails.
 */
export function hasChromium(): boolean {
  if (chromiumPath) return true
  if (process.env.CI) throw new Error('Chromium is missing: install it, or set CHROMIUM_PATH')
  console.warn('\n*** SKIPPED: no Chromium found, the browser tests did not run. Set CHROMIUM_PATH. ***\n')
  return false
}

export interface Browser {
  context: BrowserContext
  close(): Promise<void>
}

/** A browser with a profile of its own, which goes with it. */
export async function launchChromium({
  hosts,
  ...options
}: {
  viewport?: { width: number; height: number }
  ignoreHTTPSErrors?: boolean
  /** Where hosts are found, such as `MAP localhost:5173 127.0.0.1:40123` when the port of an address may be taken here. */
  hosts?: string
} = {}): Promise<Browser> {
  const userDataDir = await mkdtemp(join(tmpdir(), 'interaqt-logto-chromium-'))
  const context = await chromium.launchPersistentContext(userDataDir, {
    executablePath: chromiumPath ?? 'chromium',
    args: hosts ? [...CHROMIUM_ARGUMENTS, `--host-resolver-rules=${hosts}`] : CHROMIUM_ARGUMENTS,
    ...options,
  })
  context.on('page', closeInTime)
  return {
    context,
    async close() {
      await Promise.race([context.close(), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })])
      await rm(userDataDir, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

const CLOSE_TIMEOUT_MS = 5_000

/**
 * Chromium now and then never confirms that a page has closed which was on its way to another origin. Such a page is
 * given up, and goes with its browser; one of them once cost each later test of its file a minute.
 */
function closeInTime(page: Page): void {
  const close = page.close.bind(page)
  let closing: Promise<void> | undefined
  page.close = (options) => {
    closing ??= Promise.race([close(options), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })])
    return closing
  }
}
