import { afterEach, describe, expect, it, vi } from 'vitest'
import { createTokenLock } from '../../src/browser/token-lock.js'
import { openTab, type Tab } from './tab.js'

const NAME = 'interaqt-logto:test'
const untilCurrent = async () => undefined

/** A section that ends when it is told to. */
function section<T>(result: T) {
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const run = vi.fn(async () => {
    await ended
    return result
  })
  return { run, end }
}

const tick = (ms = 5) => new Promise((resolve) => setTimeout(resolve, ms))

/** Another tab that holds the lock: for ever, answering or not. */
function hold(tab: Tab, clientId: string, isAlive: boolean): () => void {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  if (tab.locks) {
    tab.locks.clientId = clientId
    tab.locks.request(NAME, () => held).catch(() => undefined)
    tab.locks.clientId = 'this-tab'
  }
  const channel = new BroadcastChannel(NAME)
  channel.onmessage = ({ data }) => {
    if (isAlive && data === true) channel.postMessage(false)
  }
  return () => {
    release()
    channel.close()
  }
}

afterEach(() => vi.unstubAllGlobals())

describe.each([['with Web Locks', []] as const, ['without Web Locks', ['locks']] as const])(
  'a token lock %s',
  (_, without) => {
    it('runs one section at a time, also after one that fails', async () => {
      openTab('http://app.test/', [...without])
      const run = createTokenLock(NAME, 1_000, untilCurrent)
      const first = section('first')
      const second = section('second')
      const results = [run(first.run), run(() => Promise.reject(new Error('mine'))), run(second.run)]
      await tick()
      expect(first.run).toHaveBeenCalledOnce()
      expect(second.run).not.toHaveBeenCalled()

      first.end()
      second.end()
      await expect(results[0]).resolves.toBe('first')
      await expect(results[1]).rejects.toThrow('mine')
      await expect(results[2]).resolves.toBe('second')
    })
  },
)

it('waits for what the last holder has stored', async () => {
  openTab('http://app.test/')
  const order: string[] = []
  const run = createTokenLock(NAME, 1_000, async () => void order.push('untilCurrent'))
  await run(async () => order.push('section'))
  expect(order).toEqual(['untilCurrent', 'section'])
})

it('takes the lock from a holder that does not answer', async () => {
  const release = hold(openTab('http://app.test/'), 'frozen-tab', false)
  const run = createTokenLock(NAME, 30, untilCurrent)
  await expect(run(async () => 'mine')).resolves.toBe('mine')
  release()
})

it('waits for a slow holder that is alive', async () => {
  const release = hold(openTab('http://app.test/'), 'slow-tab', true)
  const run = createTokenLock(NAME, 30, untilCurrent)
  const mine = vi.fn(async () => 'mine')
  const result = run(mine)
  await tick(120)
  expect(mine).not.toHaveBeenCalled()
  release()
  await expect(result).resolves.toBe('mine')
})

it('answers who waits, as long as its own section lasts', async () => {
  openTab('http://app.test/')
  const run = createTokenLock(NAME, 30, untilCurrent)
  const slow = section('slow')
  const first = run(slow.run)
  const other = createTokenLock(NAME, 30, untilCurrent)
  const second = vi.fn(async () => 'second')
  const result = other(second)
  await tick(120)
  expect(second).not.toHaveBeenCalled()
  slow.end()
  await expect(first).resolves.toBe('slow')
  await expect(result).resolves.toBe('second')
})

it('takes over only from the holder that was silent', async () => {
  const tab = openTab('http://app.test/')
  const release = hold(tab, 'frozen-tab', false)
  const one = section('one')
  const results = [
    createTokenLock(NAME, 40, untilCurrent)(one.run),
    createTokenLock(NAME, 40, untilCurrent)(async () => 'two'),
  ]
  await tick(120)
  expect(one.run).toHaveBeenCalledOnce()
  one.end()
  await expect(Promise.all(results)).resolves.toEqual(['one', 'two'])
  release()
})

it('fails where the browser refuses locks', async () => {
  const tab = openTab('http://app.test/')
  const refuse = () => Promise.reject(new DOMException('opaque origin', 'SecurityError'))
  Object.assign(tab.locks ?? {}, { request: refuse })
  await expect(createTokenLock(NAME, 30, untilCurrent)(async () => 'never')).rejects.toThrow('opaque origin')
})
