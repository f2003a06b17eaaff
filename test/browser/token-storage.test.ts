import { BrowserStorage } from '@logto/browser'
import { afterEach, expect, it, vi } from 'vitest'
import { SUPERSEDED, shareTokens } from '../../src/browser/token-storage.js'
import { openTab } from './tab.js'

const KEY = 'logto:spa:refreshToken'

afterEach(() => vi.unstubAllGlobals())

const share = (onIdToken = () => {}) => shareTokens(new BrowserStorage('spa'), 'tokens', onIdToken)

it('reports ID tokens that appear and disappear', async () => {
  openTab('http://app.test/')
  const onIdToken = vi.fn()
  const { storage } = share(onIdToken)
  await storage.setItem('idToken', 'one')
  await storage.setItem('accessToken', '{}')
  await storage.removeItem('idToken')
  expect(onIdToken.mock.calls).toEqual([
    [null, 'one'],
    ['one', null],
  ])
  await expect(storage.getItem('accessToken')).resolves.toBe('{}')
})

it('waits until the refresh token of the last holder has arrived', async () => {
  const { local } = openTab('http://app.test/')
  const other = share()
  await other.storage.setItem('refreshToken', 'refresh-token-new')
  local.setItem(KEY, 'refresh-token-old')
  setTimeout(() => local.setItem(KEY, 'refresh-token-new'), 50)

  const { storage, untilCurrent } = share()
  await untilCurrent()
  await expect(storage.getItem('refreshToken')).resolves.toBe('refresh-token-new')
})

it('does not wait for ever for one that somebody has cleared', async () => {
  const { local } = openTab('http://app.test/')
  vi.stubGlobal('setTimeout', (callback: () => void) => queueMicrotask(callback))
  const { storage, untilCurrent } = share()
  await storage.setItem('refreshToken', 'the-refresh-token')
  local.removeItem(KEY)
  await expect(untilCurrent()).resolves.toBeUndefined()
})

it('lets a tab that has lost the lock write no tokens', async () => {
  openTab('http://app.test/')
  const slept = share()
  await slept.untilCurrent()
  const other = share()
  await other.untilCurrent()
  await other.storage.setItem('refreshToken', 'of-the-other-tab')

  await expect(slept.storage.setItem('accessToken', 'old')).rejects.toBe(SUPERSEDED)
  await expect(slept.storage.removeItem('idToken')).rejects.toBe(SUPERSEDED)
  await expect(slept.storage.setItem('signInSession', '{}')).resolves.toBeUndefined()
})

it('clears all tokens at once', async () => {
  openTab('http://app.test/')
  const { storage, untilCurrent } = share()
  await storage.setItem('refreshToken', 'mine')
  await untilCurrent()
  await Promise.all([
    storage.removeItem('refreshToken'),
    storage.removeItem('idToken'),
    storage.removeItem('accessToken'),
  ])
  await expect(storage.getItem('refreshToken')).resolves.toBeNull()
})

it('does without a cache storage', async () => {
  openTab('http://app.test/', ['caches'])
  const { storage, untilCurrent } = share()
  await untilCurrent()
  await storage.setItem('refreshToken', 'mine')
  await expect(storage.getItem('refreshToken')).resolves.toBe('mine')
})

it('does without a cache storage that refuses', async () => {
  openTab('http://app.test/')
  vi.stubGlobal('caches', {
    match: () => Promise.reject(new DOMException('private window', 'SecurityError')),
    open: () => Promise.reject(new DOMException('private window', 'SecurityError')),
  })
  const { storage, untilCurrent } = share()
  await untilCurrent()
  await storage.setItem('refreshToken', 'mine')
  await expect(storage.getItem('refreshToken')).resolves.toBe('mine')
})
