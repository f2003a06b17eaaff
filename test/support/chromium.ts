import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'

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

const ARGUMENTS = [
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
export async function launchChromium(
  options: { viewport?: { width: number; height: number } } = {},
): Promise<Browser> {
  const userDataDir = await mkdtemp(join(tmpdir(), 'interaqt-logto-chromium-'))
  const context = await chromium.launchPersistentContext(userDataDir, {
    executablePath: chromiumPath ?? 'chromium',
    args: ARGUMENTS,
    ...options,
  })
  return {
    context,
    async close() {
      await context.close()
      await rm(userDataDir, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}
