import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest'
import { failureOf, type Scene, setScene } from './scene.js'
import { symptom } from './symptom.js'

let scene: Scene

beforeAll(async () => {
  scene = await setScene()
})
beforeEach(() => scene.listen())
afterEach(() => scene.clear())
afterAll(() => scene.close())

const greet = { payload: { text: 'Hello' } }

describe('a token that the server refuses', () => {
  symptom('resource-with-slash', async () => {
    const slashed = `${scene.resource}/`
    const logto = await scene.startLogto({ resources: [{ indicator: slashed }] })
    await scene.startApi(logto)
    const page = scene.openPage(logto, { resource: slashed })
    await page.signIn()
    return [await failureOf(page.client.post('/interaction/greet', greet)), ...scene.printed()]
  })

  symptom('other-resource', async () => {
    const other = 'https://other.example/api'
    const logto = await scene.startLogto({ resources: [{ indicator: other }] })
    await scene.startApi(logto)
    const page = scene.openPage(logto, { resource: other })
    await page.signIn()
    return [await failureOf(page.client.post('/interaction/greet', greet)), ...scene.printed()]
  })

  symptom('opaque-token', async () => {
    const logto = await scene.startLogto()
    const server = await scene.startApi(logto)
    const page = scene.openPage(logto)
    await page.signIn()
    // The SDK's own call, whose argument is easily forgotten.
    const token = await page.client.client.getAccessToken()
    const answer = await fetch(`${server.url}/interaction/greet`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(greet),
    })
    return [await answer.text(), ...scene.printed()]
  })

  symptom('issuer', async () => {
    const logto = await scene.startLogto()
    const { port } = new URL(logto.url)
    await scene.startApi(logto, { issuer: `http://localhost:${port}/oidc` })
    const page = scene.openPage(logto)
    await page.signIn()
    return [await failureOf(page.client.post('/interaction/greet', greet)), ...scene.printed()]
  })

  symptom('no-token', async () => {
    const server = await scene.startApi(await scene.startLogto())
    const answer = await fetch(`${server.url}/interaction/greet`, { method: 'POST' })
    return [await answer.text(), ...scene.printed()]
  })
})

describe('a server whose clock is wrong', () => {
  const TEN_MINUTES = 600_000

  symptom('server-clock-behind', async () => {
    const logto = await scene.startLogto()
    // Logto's clock ahead is the server's clock behind.
    logto.faults.skewClock(TEN_MINUTES)
    await scene.startApi(logto)
    const page = scene.openPage(logto)
    await page.signIn()
    return [await failureOf(page.client.post('/interaction/greet', greet)), ...scene.printed()]
  })

  symptom('server-clock-ahead', async () => {
    // With Logto's hour of life a token outlives ten minutes, so that nobody notices.
    const logto = await scene.startLogto({ accessTokenTtl: 300 })
    logto.faults.skewClock(-TEN_MINUTES)
    await scene.startApi(logto)
    const page = scene.openPage(logto)
    await page.signIn()
    return [await failureOf(page.client.post('/interaction/greet', greet)), ...scene.printed()]
  })
})
