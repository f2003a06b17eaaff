import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { failureOf, PAGE, type Scene, setScene } from './scene.js'
import { symptom } from './symptom.js'

let scene: Scene

beforeAll(async () => {
  scene = await setScene()
})
beforeEach(() => scene.listen())
afterEach(async () => {
  vi.useRealTimers()
  await scene.clear()
})
afterAll(() => scene.close())

describe('a sign-in', () => {
  symptom('app-id', async () => {
    const page = scene.openPage(await scene.startLogto(), { appId: 'my-app' })
    return [await page.goToLogto(), ...scene.printed()]
  })

  symptom('redirect-uri', async () => {
    const page = scene.openPage(await scene.startLogto())
    return [await page.goToLogto(`${PAGE}/app.html`), ...scene.printed()]
  })

  symptom('resource-unknown', async () => {
    const page = scene.openPage(await scene.startLogto(), { resource: `${scene.resource}/` })
    await page.goToLogto()
    return [await failureOf(page.client.handleCallback()), ...scene.printed()]
  })

  it('says which resource Logto does not know, where Logto leads back to the page', async () => {
    const page = scene.openPage(await scene.startLogto(), { resource: 'https://unknown.example' })
    await page.client.signIn(`${PAGE}/callback`)
    const sent = new URL(page.tab.visited.at(-1) ?? '').searchParams
    // What Logto 1.42 answers (recordings/errors/auth-unknown-resource.json).
    const answer = { error: 'invalid_target', error_description: 'resource indicator is missing, or unknown' }
    const query = new URLSearchParams({ ...answer, state: sent.get('state') ?? '' })
    page.tab.href = `${PAGE}/callback?${query}`
    const failure = await page.client.handleCallback().catch((error) => error)
    expect(failure).toMatchObject({ code: 'sign_in_refused', message: 'The sign-in failed.' })
    expect(failure.hint).toContain('"https://unknown.example": register exactly this one')
    expect(scene.printed().filter((line) => line.includes(failure.hint))).toHaveLength(1)
  })

  symptom('resource-not-asked-for', async () => {
    const page = scene.openPage(await scene.startLogto())
    await page.signIn()
    return [
      await failureOf(page.client.getAccessToken({ resource: 'https://other.example' })),
      ...scene.printed(),
    ]
  })

  symptom('callback-address', async () => {
    const page = scene.openPage(await scene.startLogto())
    await page.goToLogto()
    const elsewhere = page.tab.href.replace('/callback', '/app')
    return [await failureOf(page.client.handleCallback(elsewhere)), ...scene.printed()]
  })

  it('can still be completed after handleCallback got another address', async () => {
    const page = scene.openPage(await scene.startLogto())
    await page.goToLogto()
    await expect(page.client.handleCallback(`${PAGE}/app${new URL(page.tab.href).search}`)).rejects.toThrow()
    expect(await page.client.handleCallback()).toBe(true)
  })

  symptom('logto-down', async () => {
    const logto = await scene.startLogto()
    await logto.close()
    return [await failureOf(scene.openPage(logto).client.signIn(`${PAGE}/callback`)), ...scene.printed()]
  })
})

describe('a device whose clock is wrong', () => {
  it.each([600, -600])('is told so, %i s off', async (seconds) => {
    const page = scene.openPage(await scene.startLogto())
    await page.goToLogto()
    const { fetch } = globalThis
    // All of the test lives in one process. From the moment of the token on the clock is the device's.
    vi.stubGlobal('fetch', async (...request: Parameters<typeof fetch>) => {
      const answer = await fetch(...request)
      if (answer.url.endsWith('/oidc/token')) {
        vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 })
      }
      return answer
    })
    expect(await failureOf(page.client.handleCallback())).toBe(
      'SignInError clock_wrong: The clock of this device is wrong. Set it, then sign in again.',
    )
  })
})

describe('calls', () => {
  symptom('api-down', async () => {
    const page = scene.openPage(await scene.startLogto())
    await page.signIn()
    return [await failureOf(page.client.post('/interaction/greet')), ...scene.printed()]
  })
})
