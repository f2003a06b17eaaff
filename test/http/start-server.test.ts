import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createDataAPI, ListenError, type RunningServer, startServer } from '../../src/http/index.js'

const controller = {
  findEventSourceByName: () => undefined,
  dispatch: async () => ({}),
  system: { storage: { findOne: async () => ({ id: 1 }) } },
}
const options = { port: 0, parseUserId: () => 'alice0000000' }

const running: RunningServer[] = []
async function start(...args: Parameters<typeof startServer>) {
  const server = await startServer(...args)
  running.push(server)
  return server
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close({ graceMs: 0 })))
})

describe('startServer', () => {
  it('listens when it resolves, with the real port in its url', async () => {
    const { url } = await start(controller, options)
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/)
    expect(await (await fetch(`${url}/ping`)).json()).toEqual({ message: 'pong' })
  })

  it('takes data APIs as its third argument, as under Interaqt 0.8, or as an option', async () => {
    const one = createDataAPI(() => 1)
    const two = createDataAPI(() => 2)
    const { url } = await start(controller, { ...options, apis: { one } }, { two })
    const answers = await Promise.all(
      ['one', 'two'].map(async (name) => (await fetch(`${url}/api/${name}`, { method: 'POST' })).json()),
    )
    expect(answers).toEqual([1, 2])
  })

  it('gives an address that can be dialled when it listens on all', async () => {
    const { url } = await start(controller, { ...options, host: '0.0.0.0' })
    expect((await fetch(`${url}/ping`)).status).toBe(200)
  })

  it('says which port is taken', async () => {
    const { url } = await start(controller, options)
    const port = Number(new URL(url).port)
    const failure = await startServer(controller, { ...options, port }).catch((error) => error)
    expect(failure).toBeInstanceOf(ListenError)
    expect(failure).toMatchObject({ code: 'port_in_use', message: expect.stringContaining(`port ${port}`) })
  })

  it('says when an address cannot be listened on', async () => {
    const failure = await startServer(controller, { ...options, host: '192.0.2.1' }).catch((error) => error)
    expect(failure).toMatchObject({ code: 'listen_failed', message: expect.stringContaining('192.0.2.1') })
  })

  it('serves this machine only when parseUserId believes a header without proof', async () => {
    const parseUserId = Object.assign(() => 'alice0000000', { loopbackOnly: true })
    await expect(startServer(controller, { port: 0, parseUserId, host: '0.0.0.0' })).rejects.toThrow(
      /this machine only/,
    )
    const { url } = await start(controller, { port: 0, parseUserId })
    expect(new URL(url).hostname).toBe('127.0.0.1')
  })

  it('leaves the Request and Response of the process alone', async () => {
    const before = [globalThis.Request, globalThis.Response]
    await start(controller, options)
    expect([globalThis.Request, globalThis.Response]).toEqual(before)
  })

  it('refuses a body by its declared size without reading it, and closes the connection', async () => {
    const { url } = await start(controller, {
      ...options,
      apis: { take: createDataAPI((_context, ...rest) => rest) },
    })
    const answer = await exchange(url, [
      'POST /api/take HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n[',
    ])
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toMatch(/connection: close/i)
    expect(answer).toContain('"code":"body_too_large"')
  })

  it('stops reading a body without declared size at the limit', async () => {
    const { url } = await start(controller, {
      ...options,
      maxBodyBytes: 1000,
      apis: { take: createDataAPI(() => 1) },
    })
    const chunk = `258\r\n${'1'.repeat(600)}\r\n`
    const answer = await exchange(url, [
      'POST /api/take HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
      chunk,
      chunk,
    ])
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  })
})

describe('close', () => {
  it('lets a request in flight finish, and ends kept-alive connections', async () => {
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    let entered = () => {}
    const inFlight = new Promise<void>((resolve) => {
      entered = resolve
    })
    const slow = createDataAPI(async () => {
      entered()
      await released
      return 'done'
    })
    const server = await startServer(controller, options, { slow })
    const idle = connect(Number(new URL(server.url).port), '127.0.0.1')
    idle.write('GET /ping HTTP/1.1\r\nHost: a\r\n\r\n')
    await once(idle, 'data')

    const answer = fetch(`${server.url}/api/slow`, { method: 'POST' })
    await inFlight
    const closed = server.close()
    await once(idle, 'close')
    release()
    expect(await (await answer).json()).toBe('done')
    await closed
    await expect(fetch(`${server.url}/ping`)).rejects.toThrow()
  })

  it('cuts off what outlasts the grace period', async () => {
    let entered = () => {}
    const inFlight = new Promise<void>((resolve) => {
      entered = resolve
    })
    const never = createDataAPI(() => {
      entered()
      return new Promise(() => {})
    })
    const server = await startServer(controller, options, { never })
    const answer = fetch(`${server.url}/api/never`, { method: 'POST' }).catch(() => 'cut off')
    await inFlight
    await server.close({ graceMs: 10 })
    expect(await answer).toBe('cut off')
  })

  it('can be the handler of a signal, whose name it gets', async () => {
    const server = await startServer(controller, options)
    await Reflect.apply(server.close, undefined, ['SIGTERM', 15])
    await expect(fetch(`${server.url}/ping`)).rejects.toThrow()
  })

  it('may be called twice, and frees the port', async () => {
    const server = await startServer(controller, options)
    await Promise.all([server.close(), server.close()])
    const next = createServer().listen(Number(new URL(server.url).port), '127.0.0.1')
    await once(next, 'listening')
    next.close()
  })
})

/** Sends raw bytes and answers all that comes back until the server ends the connection. */
async function exchange(url: string, parts: string[]): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let received = ''
  socket.on('data', (data) => {
    received += data.toString()
  })
  socket.on('error', () => {})
  for (const part of parts) socket.write(part)
  await once(socket, 'close')
  return received
}
