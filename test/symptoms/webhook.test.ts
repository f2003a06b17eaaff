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
const HOOK_KEY = 'the-signing-key-of-the-hook'

/** Changes a user in Logto, whose webhook then tells the server. Returns what Logto's delivery log shows. */
async function deliver(): Promise<string> {
  const url = `${scene.interaqtEndpoint}/api/syncUser`
  const logto = await scene.startLogto({
    hooks: [{ url, events: ['User.Data.Updated'], signingKey: HOOK_KEY }],
  })
  const alice = logto.state.users.byIdentifier('alice')
  logto.state.deliveries.trigger('User.Data.Updated', { data: alice })
  await logto.state.deliveries.settled()
  return JSON.stringify(logto.state.deliveries.log.at(-1)?.payload)
}

describe('a webhook', () => {
  symptom('signing-key-wrong', async () => {
    await scene.startApi(await scene.startLogto(), {}, { webhook: { signingKey: 'the-key-of-another-hook' } })
    return [await deliver(), ...scene.printed()]
  })

  symptom('signing-key-missing', async () => {
    const logto = await scene.startLogto()
    const start = scene.startApi(
      logto,
      {},
      { webhook: { signingKey: process.env.LOGTO_WEBHOOK_SIGNING_KEY } },
    )
    return [await failureOf(start), ...scene.printed()]
  })

  symptom('webhook-missing', async () => {
    await scene.startApi(await scene.startLogto())
    return [await deliver(), ...scene.printed()]
  })

  symptom('signature-missing', async () => {
    const options = { webhook: { signingKey: HOOK_KEY } }
    const server = await scene.startApi(await scene.startLogto(), {}, options)
    const answer = await fetch(`${server.url}/api/syncUser`, { method: 'POST', body: '{}' })
    return [await answer.text(), ...scene.printed()]
  })
})
