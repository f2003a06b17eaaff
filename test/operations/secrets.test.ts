import { importJWK, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Client } from '../../src/server/index.js'
import { accessTokenClaims } from '../../src/testing/oidc/access-token.js'
import { signWebhook } from '../../src/webhook/index.js'
import { type Application, COOKIE_SECRET, later, SCOPE, Scene, SIGNING_KEY } from './revocation-scene.js'
import { MODES, type Mode, SECRETS, type Secret } from './revocation-table.js'
import { type SignedIn, TokenPerson } from './signed-in.js'

const MINUTE = 60
const NEW_COOKIE_SECRET = 'another secret for tests, as long as the first'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.start()
})
afterEach(() => {
  vi.useRealTimers()
  scene.logto.faults.clear()
})
afterAll(() => scene.close())

const TESTS: Record<Secret, (mode: Mode) => Promise<void>> = {
  'token key, once': async (mode) => {
    const { person } = await begin(mode)
    await scene.logto.faults.rotateKeys()
    // No new token can be had, so what passes is the old one.
    scene.logto.faults.endpoint('token', { status: 500 })
    for (const minutes of [1, 6, 40, 8]) {
      later(minutes * MINUTE)
      expect(await person.isServed()).toBe(true)
    }
  },

  'token key, withdrawn': async (mode) => {
    for (const withdraw of [rotateTwice, rotateAndDelete]) {
      const { person } = await begin(mode)
      const leaked = scene.logto.state.keys.current
      await withdraw()
      const requests = scene.logto.faults.endpoint('token', {})
      later(4 * MINUTE)
      expect(await person.isServed()).toBe(true)
      expect(requests.hits).toBe(0)
      later(2 * MINUTE)
      // The requests that come while the keys are fetched still pass.
      await vi.waitFor(async () => {
        expect(await person.isServed()).toBe(true)
        expect(requests.hits).toBe(1)
      }, 20_000)
      if (person instanceof TokenPerson) {
        expect(await person.call(await signedWith(leaked, person.userId))).toBe(401)
        expect(await person.call(await signedWith(scene.logto.state.keys.current, person.userId))).toBe(200)
      }
      vi.useRealTimers()
    }
  },

  'machine secret': async () => {
    const machine = () => new Client(scene.logto.url, 'other-machine', 'old-secret', scene.baseUrl)
    const token = await machine().getManagementToken()
    const ask = async () => {
      const headers = { authorization: `Bearer ${token}` }
      return (await fetch(`${scene.logto.url}/api/users`, { headers })).status
    }
    await withSecretReplaced('other-machine', async () => {
      await expect(machine().getManagementToken()).rejects.toMatchObject({ code: 'client_secret_invalid' })
      expect(await ask()).toBe(200)
      later(59 * MINUTE)
      expect(await ask()).toBe(200)
      later(2 * MINUTE)
      expect(await ask()).toBe(401)
    })
  },

  'web secret': async (mode) => {
    const { person, application } = await begin(mode)
    await withSecretReplaced('web', async () => {
      later(55 * MINUTE)
      expect(await person.isServed()).toBe(true)
      later(6 * MINUTE)
      await expect(person.isServed()).rejects.toThrow('503')
      await expect(person.isServed()).rejects.toThrow('logto_unavailable')
      const deployed = application.another({ appSecret: 'new-secret' })
      expect(await person.copyTo(deployed).isServed()).toBe(true)
    })
  },

  'cookie secret, old one kept': async (mode) => {
    const { person, application } = await begin(mode)
    const both = person.copyTo(application.another({ cookieSecret: [NEW_COOKIE_SECRET, COOKIE_SECRET] }))
    expect(await both.isServed()).toBe(true)
    later(61 * MINUTE)
    expect(await both.isServed()).toBe(true)
    // What is used is sealed again with the new one: cookies at the next request, records when the token is renewed.
    const alone = both.copyTo(application.another({ cookieSecret: NEW_COOKIE_SECRET }))
    expect(await alone.isServed()).toBe(true)
  },

  'cookie secret, old one dropped': async (mode) => {
    const { person, application } = await begin(mode)
    const deployed = application.another({ cookieSecret: NEW_COOKIE_SECRET })
    expect(await person.copyTo(deployed).isServed()).toBe(false)
    expect(await person.isServed()).toBe(true)
  },

  'webhook signing key': async (mode) => {
    const { person, application } = await begin(mode)
    const alone = application.another({ signingKey: 'new-signing-key' })
    expect(await deliverDeletion(person, alone)).toBe(401)
    expect(await person.isServed()).toBe(true)
    const both = application.another({ signingKey: ['new-signing-key', SIGNING_KEY] })
    expect(await deliverDeletion(person, both)).toBe(200)
    expect(await person.isServed()).toBe(false)
  },
}

describe.each(SECRETS)('$title', ({ secret, cells }) => {
  const held = MODES.flatMap((mode) => (cells[mode] === undefined ? [] : [{ mode, says: cells[mode] }]))
  it.each(held)('mode $mode: $says', ({ mode }) => TESTS[secret](mode))
})

async function begin(mode: Mode): Promise<{ person: SignedIn; application: Application }> {
  const application = scene.serve(mode, 'event')
  const person = await scene.signIn(mode, application)
  expect(await person.isServed()).toBe(true)
  return { person, application }
}

async function rotateTwice(): Promise<void> {
  await scene.logto.faults.rotateKeys()
  await scene.logto.faults.rotateKeys()
}

async function rotateAndDelete(): Promise<void> {
  const { id } = scene.logto.state.keys.current
  await scene.logto.faults.rotateKeys()
  await scene.manage('DELETE', `/configs/oidc/private-keys/${id}`)
}

/** What somebody makes who has got hold of a key. */
function signedWith(
  { kid, privateJwk }: Scene['logto']['state']['keys']['current'],
  sub: string,
): Promise<string> {
  const audience = `${scene.baseUrl}/interaction`
  const claims = accessTokenClaims(scene.logto.state, {
    sub,
    clientId: 'spa',
    audience,
    expiresIn: 3_600,
    scope: SCOPE,
  })
  return importJWK(privateJwk, 'ES384').then((key) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'ES384', typ: 'at+jwt', kid }).sign(key),
  )
}

/** Replaces the secret of an application at Logto while `work` runs. */
async function withSecretReplaced(appId: string, work: () => Promise<void>): Promise<void> {
  const [secret] = scene.logto.state.applications.get(appId)?.secrets ?? []
  if (!secret) throw new Error(`${appId} has no secret`)
  const { value } = secret
  secret.value = 'new-secret'
  try {
    await work()
  } finally {
    secret.value = value
  }
}

/** Posts a deletion that is signed with the old key, as somebody does who has it. Returns the status. */
async function deliverDeletion({ userId }: SignedIn, application: Application): Promise<number> {
  const body = JSON.stringify({
    event: 'User.Deleted',
    hookId: scene.hookId,
    createdAt: new Date().toISOString(),
    path: `/users/${userId}`,
    method: 'DELETE',
    status: 204,
    params: { userId },
    matchedRoute: '/users/:userId',
    data: await scene.manage('GET', `/users/${userId}`),
  })
  const headers = {
    'content-type': 'application/json',
    'logto-signature-sha-256': signWebhook(body, SIGNING_KEY),
  }
  const request = new Request(`${scene.baseUrl}/api/syncUser`, { method: 'POST', headers, body })
  return (await application.fetch(request)).status
}
