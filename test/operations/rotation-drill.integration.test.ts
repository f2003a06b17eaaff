import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { createDatabase } from '../support/postgres.js'
import { Cluster, OLD } from './drill.js'
import { Traffic } from './traffic.js'

const COOKIE_SECRET = 'the cookie secret of afterwards, long enough'
const [OLD_COOKIE_SECRET = ''] = OLD.cookieSecret
const [OLD_SIGNING_KEY = ''] = OLD.signingKey

let cluster: Cluster
let traffic: Traffic
beforeEach(async () => {
  cluster = await Cluster.start(await createDatabase(inject('postgres')))
  traffic = await Traffic.start(cluster)
})
afterEach(async () => {
  await traffic.stop()
  await cluster.close()
})

const failed = () => cluster.logto.state.deliveries.log.filter(({ payload }) => payload.result === 'Error')
const deploy = (change: Parameters<Cluster['deploy']>[0]) => cluster.deploy(change, traffic.goOn)

/** The traffic ends, and what the drill must not have done is looked for. */
async function expectNothingLost(): Promise<void> {
  await traffic.goOn()
  await traffic.stop()
  expect(traffic.refused).toEqual([])
  expect(traffic.changed.length).toBeGreaterThan(5)
  expect(await cluster.behind(traffic.changed)).toEqual([])
}

describe('the rotation drill of docs/operations.md, under traffic', () => {
  it('replaces the cookie secret: nobody is signed out', async () => {
    const before = await cluster.sealingKeys(traffic.people)
    await deploy({ cookieSecret: [OLD_COOKIE_SECRET, COOKIE_SECRET] })
    await deploy({ cookieSecret: [COOKIE_SECRET, OLD_COOKIE_SECRET] })
    // On the page this is `lifetimeSeconds`: whoever comes within it is sealed anew.
    const isDone = async () => {
      const keys = await cluster.sealingKeys(traffic.people)
      return [...before].every((key) => !keys.has(key))
    }
    await vi.waitUntil(isDone, { timeout: 30_000 })
    await deploy({ cookieSecret: [COOKIE_SECRET] })
    await expectNothingLost()
    expect(failed()).toEqual([])
  })

  it('replaces the secrets of the machine and of the web application: no call and no delivery fails', async () => {
    const [appSecret, webAppSecret] = [await addSecret('m2m'), await addSecret('web')]
    await deploy({ appSecret, webAppSecret })
    await deleteSecret('m2m', OLD.appSecret)
    await deleteSecret('web', OLD.webAppSecret)
    await outlivesTokens()
    await expectNothingLost()
    expect(failed()).toEqual([])
  })

  it('replaces the webhook’s signing key: what is refused meanwhile comes back by the replay', async () => {
    const { signingKey } = await cluster.manage('PATCH', `/hooks/${cluster.hook.id}/signing-key`)
    await traffic.goOn()
    await deploy({ signingKey: [String(signingKey), OLD_SIGNING_KEY] })
    await deploy({ signingKey: [String(signingKey)] })
    await traffic.stop()
    expect(failed().length).toBeGreaterThan(0)
    expect(await cluster.behind(traffic.changed)).not.toEqual([])
    const { failed: unapplied } = await cluster.sync.replay({ hookId: cluster.hook.id })
    expect(unapplied).toBe(0)
    expect(await cluster.behind(traffic.changed)).toEqual([])
    expect(traffic.refused).toEqual([])
  })

  it('replaces the webhook by a second one: no delivery is refused at all', async () => {
    const { id, signingKey } = await addHook({ enabled: false })
    await deploy({ signingKey: [String(signingKey), OLD_SIGNING_KEY] })
    await cluster.manage('PATCH', `/hooks/${id}`, { enabled: true })
    await traffic.goOn()
    await cluster.manage('PATCH', `/hooks/${cluster.hook.id}`, { enabled: false })
    await traffic.goOn()
    await deploy({ signingKey: [String(signingKey)] })
    await cluster.manage('DELETE', `/hooks/${cluster.hook.id}`)
    await expectNothingLost()
    expect(failed()).toEqual([])
  })
})

describe('in another order', () => {
  it('a cookie secret that is used before every process knows it signs people out', async () => {
    await deploy({ cookieSecret: [COOKIE_SECRET, OLD_COOKIE_SECRET] })
    await traffic.stop()
    expect(traffic.refused).toContain('signed out')
  })

  it('a cookie secret that is dropped at once signs everybody out', async () => {
    await deploy({ cookieSecret: [COOKIE_SECRET] })
    await traffic.stop()
    const served = await Promise.all(traffic.people.map((person) => person.isServed()))
    expect(served).toEqual(traffic.people.map(() => false))
  })

  it('secrets that are deleted before the new ones are deployed fail calls and deliveries', async () => {
    const [appSecret, webAppSecret] = [await addSecret('m2m'), await addSecret('web')]
    await deleteSecret('m2m', OLD.appSecret)
    await deleteSecret('web', OLD.webAppSecret)
    await outlivesTokens()
    await deploy({ appSecret, webAppSecret })
    await traffic.stop()
    expect(failed()).not.toEqual([])
    expect(traffic.refused).toContainEqual(expect.stringContaining('logto_unavailable'))
    // Loud, and not for ever: nobody is signed out, and the replay has the rest.
    expect(traffic.refused).not.toContain('signed out')
    await cluster.sync.replay({ hookId: cluster.hook.id })
    expect(await cluster.behind(traffic.changed)).toEqual([])
  })

  it('a webhook that is deleted and made anew loses what was refused: no replay finds it, a reconcile does', async () => {
    await cluster.manage('PATCH', `/hooks/${cluster.hook.id}/signing-key`)
    await traffic.goOn()
    await cluster.logto.state.deliveries.settled()
    await cluster.manage('DELETE', `/hooks/${cluster.hook.id}`)
    const { id, signingKey } = await addHook()
    await deploy({ signingKey: [String(signingKey)] })
    await traffic.stop()
    await cluster.sync.replay({ hookId: String(id) })
    expect(await cluster.behind(traffic.changed)).not.toEqual([])
    await cluster.sync.reconcile()
    expect(await cluster.behind(traffic.changed)).toEqual([])
  })
})

async function addSecret(appId: string): Promise<string> {
  const { value } = await cluster.manage('POST', `/applications/${appId}/secrets`, { name: 'of today' })
  return String(value)
}

async function deleteSecret(appId: string, value: string): Promise<void> {
  const { secrets = [] } = cluster.logto.state.applications.get(appId) ?? {}
  const name = secrets.find((secret) => secret.value === value)?.name ?? ''
  await cluster.manage('DELETE', `/applications/${appId}/secrets/${encodeURIComponent(name)}`)
}

/** Makes a webhook that is as the first one is, or was. */
function addHook(more: { enabled?: boolean } = {}): Promise<Record<string, unknown>> {
  const { name, events, config } = cluster.hook
  return cluster.manage('POST', '/hooks', { name, events, config, ...more })
}

/** The traffic goes on until every token of now has been renewed. */
async function outlivesTokens(): Promise<void> {
  const expired = Date.now() + 2_500
  while (Date.now() < expired) await traffic.goOn()
}
