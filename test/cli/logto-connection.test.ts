import { createServer, type Server } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CliError } from '../../src/cli/cli-error.js'
import { request } from '../../src/cli/logto-connection.js'

let server: Server
let url: string
beforeAll(async () => {
  const bomb = gzipSync(Buffer.alloc(32 * 1_048_576, ' '))
  server = createServer((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

describe('a request of the command', () => {
  it('reads no answer without end, and does not take its sender for one who is away', async () => {
    const error = await request({ fetch }, `${url}/ping`).catch((error) => error)
    expect(error).toBeInstanceOf(CliError)
    expect(error).toMatchObject({
      code: 'answer_unexpected',
      message: `${url}/ping answered with more than 262144 bytes.`,
      remedy: 'Is something else on this port? Correct the URL.',
    })
  })

  it('says that nobody is there where nobody is', async () => {
    await expect(request({ fetch }, 'http://127.0.0.1:9/ping')).rejects.toMatchObject({ code: 'unreachable' })
  })
})
