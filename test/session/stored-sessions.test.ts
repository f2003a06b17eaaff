import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStorage } from 'unstorage'
import fsDriver from 'unstorage/drivers/fs'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { SessionStore } from '../../src/session/index.js'
import { BASE_URL, BOB, browserOf, createApplication, signedIn } from './support/application.js'
import { call, codeOf, cookieOf, counting, later } from './support/attack.js'
import { logto } from './support/logto.js'
import { slow } from './support/slow-store.js'

describe('sessions in a store', () => {
  it('the cookie is small and has no token, the store has nothing that could be used', async () => {
    const store = createStorage()
    const browser = await signedIn(createApplication(logto.url, { store }))
    expect(cookieOf(browser).length).toBeLessThan(400)
    const [key = '', ...others] = await store.getKeys()
    expect(others).toEqual([])
    expect(key).toMatch(/^interaqt-logto:sessions:[\da-f]{32}:[\da-f]{32}$/)
    const record = String(await store.getItem(key))
    expect(record).toMatch(/^eyJhbGciOiJkaXIi[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/)
  })

  it('are kept in files across a restart', async () => {
    const base = await mkdtemp(join(tmpdir(), 'interaqt-logto-sessions-'))
    try {
      const open = () =>
        createApplication(logto.url, { store: createStorage({ driver: fsDriver({ base }) }) })
      const browser = await signedIn(open())
      browser.serve(BASE_URL, open().fetch)
      expect((await call(browser)).status).toBe(200)
      const files = await readdir(base, { recursive: true, withFileTypes: true })
      for (const file of files.filter((one) => one.isFile())) {
        expect(await readFile(join(file.parentPath, file.name), 'utf8')).not.toContain('alice')
      }
    } finally {
      await rm(base, { recursive: true, force: true })
    }
  })

  it.each<[string, (base: string) => () => SessionStore]>([
    [
      'in memory, as far away as over a network',
      () => {
        const store = slow(createStorage(), 5)
        return () => store
      },
    ],
    ['in files', (base) => () => createStorage({ driver: fsDriver({ base }) })],
  ])('two processes refresh one session at once, reuse window 0, store %s: one refresh', async (_, place) => {
    const base = await mkdtemp(join(tmpdir(), 'interaqt-logto-sessions-'))
    onTestFinished(() => rm(base, { recursive: true, force: true }))
    const refreshes: string[] = []
    const storeOf = place(base)
    const open = () => createApplication(logto.url, { store: storeOf(), fetch: counting(refreshes) })
    const [one, two] = [open(), open()]
    const first = await signedIn(one)
    const second = browserOf(two)
    second.cookies(BASE_URL).set('interaqt-session', cookieOf(first))
    for (let round = 0; round < 2; round++) {
      refreshes.length = 0
      later(3_600)
      const answers = await Promise.all([call(first), call(second), call(first), call(second)])
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
      expect(refreshes).toHaveLength(1)
    }
    expect((await storeOf().getKeys('')).filter((key) => key.includes(':locks:'))).toEqual([])
  })

  it('a record that another process is just writing is not taken for the end of the session', async () => {
    const storage = createStorage()
    let reads = 0
    const getItem = (key: string) => {
      reads++
      return storage.getItem(key)
    }
    const store = { ...slow(storage, 0), getItem }
    const application = createApplication(logto.url, { store })
    const browser = await signedIn(application)
    const [key = ''] = await storage.getKeys()
    const record = String(await storage.getItem(key))
    for (const written of ['', record.slice(0, 100), record.slice(0, -1)]) {
      await storage.setItem(key, written)
      reads = 0
      const outcomes = Promise.all([call(browser), application.session.removeExpired()])
      // Both have found it cut off, and have to look again.
      await vi.waitFor(() => expect(reads).toBeGreaterThanOrEqual(2), { interval: 1 })
      await storage.setItem(key, record)
      const [answer, removed] = await outcomes
      expect([answer.status, removed]).toEqual([200, 0])
    }
    // One that stays so is nobody's.
    await storage.setItem(key, record.slice(0, -1))
    expect(await codeOf(await call(browser))).toBe('401 session_ended')
  })

  it('a store that is away signs nobody out, and takes back no answer', async () => {
    const store = createStorage()
    let isAway = false
    const getItem = async (key: string) => {
      if (isAway) throw new Error('The store is away')
      return store.getItem(key)
    }
    const application = createApplication(logto.url, { store: { ...slow(store, 0), getItem } })
    const browser = await signedIn(application)
    const cookie = cookieOf(browser)
    isAway = true
    expect(await codeOf(await call(browser))).toBe('503 store_unavailable')
    expect((await browser.request(`${BASE_URL}/auth/me`)).status).toBe(503)
    application.faults.length = 0
    later(6 * 60)
    // The route does not look into the store; sliding the cookie would have to.
    expect((await browser.post(`${BASE_URL}/other`)).status).toBe(200)
    expect(application.faults).toEqual([
      expect.objectContaining({ code: 'store_unavailable', cause: new Error('The store is away') }),
    ])
    isAway = false
    expect(cookieOf(browser)).toBe(cookie)
    expect((await call(browser)).status).toBe(200)
  })

  it('a sign-out in one process counts in the other, also during its refresh', async () => {
    const store = createStorage()
    let signOut: () => Promise<unknown> = async () => {}
    const one = createApplication(logto.url, { store })
    const two = createApplication(logto.url, {
      store,
      fetch: async (input, init) => {
        const response = await fetch(input, init)
        if (/refresh_token/.test(String(init?.body))) await signOut()
        return response
      },
    })
    const browser = await signedIn(one)
    const other = browserOf(two)
    other.cookies(BASE_URL).set('interaqt-session', cookieOf(browser))
    later(3_600)
    signOut = () => browser.post(`${BASE_URL}/auth/sign-out`)
    expect(await codeOf(await call(other))).toBe('401 session_ended')
    expect((await store.getKeys()).filter((key) => key.includes(':sessions:'))).toEqual([])
  })

  it('a process that died with the lock holds nobody up for ever', async () => {
    const storage = createStorage()
    let looksAtLock = 0
    const getItem = (key: string) => {
      if (key.includes(':locks:')) looksAtLock++
      return storage.getItem(key)
    }
    const store = { ...slow(storage, 0), getItem }
    const refreshes: string[] = []
    const application = createApplication(logto.url, { store, fetch: counting(refreshes) })
    const browser = await signedIn(application)
    const [key = ''] = await storage.getKeys()
    later(3_600)
    const dead = JSON.stringify({ owner: 'dead', expiresAt: Date.now() + 500 })
    await storage.setItem(key.replace(/sessions:[^:]+/, 'locks'), dead)
    refreshes.length = 0
    const calling = call(browser)
    // The clock stands still, so the lock holds until the test moves it.
    await vi.waitFor(() => expect(looksAtLock).toBeGreaterThan(2))
    expect(refreshes).toEqual([])
    later(1)
    expect((await calling).status).toBe(200)
    expect(refreshes).toHaveLength(1)
  })

  it('that expired are removed on demand, and nothing else', async () => {
    const store = createStorage()
    await store.setItem('of:somebody:else', 'kept')
    const application = createApplication(logto.url, { store, lifetimeSeconds: 3_600 })
    await signedIn(application)
    const out = await signedIn(application, BOB)
    await out.post(`${BASE_URL}/auth/sign-out`)
    later(1_800)
    await signedIn(application)
    expect(await application.session.removeExpired()).toBe(1)
    later(1_801)
    expect(await application.session.removeExpired()).toBe(1)
    expect((await store.getKeys()).length).toBe(2)
    expect(await store.getItem('of:somebody:else')).toBe('kept')
  })
})
