import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { send, text } from '../http.js'
import { recording } from '../recordings.js'
import { shapeOf } from '../shape.js'
import type { World } from '../world.js'

interface TimelineStep {
  step: string
  jwks: { keys: Record<string, unknown>[] }
  id_token_signing_alg_values_supported: string[]
}

const TIMELINE = 'keys/rotation-timeline.json'
const ROTATE = '/configs/oidc/private-keys/rotate'

const timeline = (step: string): TimelineStep => {
  const found = recording<TimelineStep[]>(TIMELINE).find((row) => row.step === step)
  if (!found) throw new Error(`no step ${step}`)
  return found
}

const ofResource = async (world: World): Promise<string> =>
  text(await world.machineToken({ resource: world.resource.indicator }), 'access_token')

/** Whether a token verifies with the key set of now. */
async function verifies(world: World, token: string): Promise<boolean> {
  const keys = createRemoteJWKSet(new URL(`${world.endpoint}/oidc/jwks`))
  return jwtVerify(token, keys, { issuer: world.issuer }).then(
    () => true,
    () => false,
  )
}

async function keyShapes(world: World): Promise<unknown[]> {
  const { fields } = await send(`${world.endpoint}/oidc/jwks`)
  return Array.isArray(fields.keys) ? fields.keys.map((key) => shapeOf(key)) : []
}

async function algorithms(world: World): Promise<unknown> {
  const { fields } = await send(`${world.endpoint}/oidc/.well-known/openid-configuration`)
  return fields.id_token_signing_alg_values_supported
}

const shapesAt = (step: string): unknown[] => timeline(step).jwks.keys.map((key) => shapeOf(key))

/** Ids of the published keys. */
async function kids(world: World): Promise<unknown> {
  const { fields } = await send(`${world.endpoint}/oidc/jwks`)
  return Array.isArray(fields.keys) ? fields.keys.map(({ kid }) => kid) : []
}

/** Changes the keys and waits until they are published, which a real Logto does once its server has reloaded. */
async function changed(world: World, change: () => Promise<unknown>): Promise<void> {
  const before = await kids(world)
  await change()
  await expect.poll(() => kids(world), { timeout: 10_000, interval: 100 }).not.toEqual(before)
}

const rotate = (world: World, body = {}): Promise<void> =>
  changed(world, () => world.made('POST', ROTATE, body))

/** Brings the keys to two elliptic curve keys, whatever they were. */
async function settle(world: World): Promise<void> {
  await rotate(world)
  await rotate(world)
}

function rotation(
  name: string,
  file: string,
  run: (world: World, path: string) => Promise<void>,
): ContractCase {
  return {
    name,
    recording: `keys/${file}.json`,
    compares:
      'status, shape of the list of keys, shapes and order of the published keys, which tokens verify',
    // Cases run in any order: the next one may want tokens signed with an elliptic curve key, also when this one failed.
    run: (world) => run(world, `keys/${file}.json`).finally(() => settle(world)),
  }
}

// These change the signing keys of the Logto under contract, so they come last where the order is as written.
export const keys: ContractGroup = {
  subject: 'Key rotation',
  cases: [
    rotation('a rotation keeps the previous key', '01-rotate-request-response', async (world, path) => {
      await settle(world)
      const before = await ofResource(world)
      await changed(world, () => world.replay(path))
      expect(await keyShapes(world)).toEqual(shapesAt('1-after-first-rotation'))
      const after = await ofResource(world)
      expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid)
      expect([await verifies(world, before), await verifies(world, after)]).toEqual([true, true])
    }),
    rotation('after two rotations an old token has no key', 'rotation-timeline', async (world) => {
      const before = await ofResource(world)
      await settle(world)
      expect(await keyShapes(world)).toEqual(shapesAt('2-after-second-rotation'))
      expect([await verifies(world, before), await verifies(world, await ofResource(world))]).toEqual([
        false,
        true,
      ])
    }),
    rotation('a rotation to RSA: its key has no alg', '03-rotate-to-rsa', async (world, path) => {
      await settle(world)
      await changed(world, () => world.replay(path))
      expect(await keyShapes(world)).toEqual(shapesAt('3-after-rotation-to-RSA'))
      expect(await algorithms(world)).toEqual(
        timeline('3-after-rotation-to-RSA').id_token_signing_alg_values_supported,
      )
      const token = await ofResource(world)
      expect(decodeProtectedHeader(token).alg).toBe('RS256')
      expect(await verifies(world, token)).toBe(true)
      const idToken = text(await world.tokens(), 'id_token')
      expect(await verifies(world, idToken)).toBe(true)
    }),
    rotation(
      'a rotation with a grace period publishes the next key first',
      '04-rotate-staged-grace-8s',
      async (world, path) => {
        await settle(world)
        await rotate(world, { signingKeyAlgorithm: 'RSA' })
        const rsa = decodeProtectedHeader(await ofResource(world)).kid
        await changed(world, () =>
          world.replay(path, { body: { signingKeyAlgorithm: 'EC', rotationGracePeriod: 1 } }),
        )
        expect(await keyShapes(world)).toEqual(shapesAt('4-staged-rotation-within-grace'))
        expect(decodeProtectedHeader(await ofResource(world)).kid).toBe(rsa)
        await new Promise((resolve) => setTimeout(resolve, 1200))
        expect(await keyShapes(world)).toEqual(shapesAt('5-staged-rotation-after-grace'))
        expect(decodeProtectedHeader(await ofResource(world)).kid).not.toBe(rsa)
      },
    ),
    rotation('deletion of the previous key', '06-delete-previous-key', async (world, path) => {
      await settle(world)
      const { body } = await world.made('GET', '/configs/oidc/private-keys')
      const previous = Array.isArray(body) ? body.find(({ status }) => status === 'Previous') : undefined
      await changed(world, () => world.replay(path, { path: `/configs/oidc/private-keys/${previous.id}` }))
      expect(await keyShapes(world)).toEqual(shapesAt('6-after-deleting-previous-key'))
    }),
  ],
}
