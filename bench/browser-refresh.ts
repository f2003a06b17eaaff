import type { Page } from 'playwright-core'
import { refreshOf, setStage } from '../test/browser/stage.js'
import { advanceClock, installShiftedClock } from '../test/support/shifted-clock.js'

// What the coordination of refreshes costs and saves, against the SDK alone, in a real Chromium: two tabs that ask for four
// resources at once, again and again after all tokens have expired. npx tsx bench/browser-refresh.ts

const RESOURCES = ['https://a.example', 'https://b.example', 'https://c.example']
const EXPIRIES = 10
const TTL = 3_600
const CACHED_CALLS = 2_000

installShiftedClock()
// Wide enough for the SDK alone to survive its own races: then the two can be compared at all.
const stage = await setStage({
  resources: RESOURCES,
  logto: { reuseWindowSeconds: 60, accessTokenTtl: TTL, log: () => undefined },
})
const { context } = stage.browser
// tsx wraps functions in a helper that a page does not have.
await context.addInitScript('globalThis.__name = (target) => target')
await context.addInitScript(installShiftedClock)
const resources = [`${stage.api.url}/interaction`, ...RESOURCES]

let refreshes = 0
context.on('request', (request) => {
  if (request.url().endsWith('/oidc/token') && refreshOf(request)) refreshes += 1
})

const ours = await measure(() => Promise.resolve())
const raw = await measure((page) =>
  page.evaluate(
    ([endpoint, all]) => {
      const sdk = new window.lib.LogtoClient({ endpoint, appId: 'spa', resources: all })
      const getAccessToken = ({ resource }: { resource?: string } = {}) =>
        sdk.getAccessToken(resource ?? all[0])
      Object.assign(window, { client: { getAccessToken } })
    },
    [stage.logto.url, resources] as const,
  ),
)
await stage.close()

console.log(
  `refreshes per resource and expiry, two tabs: ${ours.refreshes} to ${raw.refreshes} of the SDK alone`,
)
console.log(`time of one round of refreshes: ${(ours.roundMs / raw.roundMs).toFixed(1)} times the SDK's`)
console.log(`time of one call with a token at hand: ${(ours.callUs / raw.callUs).toFixed(1)} times the SDK's`)

async function measure(prepare: (page: Page) => Promise<unknown>) {
  const one = await stage.openSignedIn()
  const two = await stage.open()
  await Promise.all([one, two].map(prepare))
  refreshes = 0
  let ms = 0
  for (let expiry = 0; expiry < EXPIRIES; expiry += 1) {
    const started = performance.now()
    await Promise.all([one, two].map(ask))
    ms += performance.now() - started
    await expire(one, two)
  }
  const counted = refreshes
  await ask(one)
  const callUs = await one.evaluate(async (calls) => {
    const started = performance.now()
    for (let call = 0; call < calls; call += 1) await window.client.getAccessToken()
    return ((performance.now() - started) * 1_000) / calls
  }, CACHED_CALLS)
  await Promise.all([one.close(), two.close()])
  return { refreshes: counted / EXPIRIES / resources.length, roundMs: ms / EXPIRIES, callUs }
}

function ask(page: Page): Promise<unknown> {
  return page.evaluate(
    (wanted) => Promise.all(wanted.map((resource) => window.client.getAccessToken({ resource }))),
    resources,
  )
}

async function expire(...pages: Page[]): Promise<void> {
  advanceClock(TTL)
  const script = `advanceClock(${TTL})`
  await Promise.all([context.addInitScript(script), ...pages.map((page) => page.evaluate(script))])
}
