import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { isLongRun } from '../support/long-run.js'
import type { FakeHost } from './fake-host.js'
import { startManagedLogto } from './managed-logto.js'
import { COMPLETE, emptyLogto, inventoryOf, SCOPES } from './setup-inventory.js'

let logto: EmbeddedLogto
let host: FakeHost

beforeAll(async () => {
  ;({ logto, host } = await startManagedLogto())
  await writeFile(host.path('package.json'), '{"name":"friends"}')
})
afterAll(async () => {
  await logto.close()
  await host.remove()
})
// Each test runs setup dozens of times. One that is cut off would go on in the Logto of the next.
vi.setConfig({ testTimeout: 180_000 })

beforeEach(() => {
  host.env.LOGTO_ENDPOINT = logto.url
})

async function startAnew(): Promise<void> {
  emptyLogto(logto)
  await rm(host.path('.env'), { force: true })
}

async function expectNextRunToComplete(what: string): Promise<void> {
  await host.setup(...SCOPES)
  expect(inventoryOf(logto), what).toEqual(COMPLETE)
  const { steps } = await host.setup(...SCOPES)
  expect(steps.map(({ action }) => action)).toEqual(['keep', 'keep', 'keep', 'keep'])
  expect(host.writes).toEqual([])
}

describe.each(['before', 'after'] as const)(
  'setup, interrupted %s Logto has done what the n-th request asks',
  (when) => {
    it('by a broken connection, is completed by the next run without duplicates', async () => {
      for (let at = 1; ; at++) {
        await startAnew()
        host.fault = { at, when }
        const { exitCode } = await host.run('setup', '--yes', ...SCOPES)
        host.fault = undefined
        if (exitCode === 0) {
          expect(at).toBe(host.requests.length + 1)
          break
        }
        await expectNextRunToComplete(`broken at request ${at}`)
      }
    })

    it('by SIGKILL, is completed by the next run without duplicates', async () => {
      const program = await buildProgram()
      const proxy = await startProxy()
      host.env.LOGTO_ENDPOINT = proxy.url
      try {
        for (let at = 1; ; at++) {
          await startAnew()
          proxy.counted = 0
          const child = spawn(process.execPath, [program, 'setup', '--yes', ...SCOPES], {
            cwd: host.cwd,
            env: { ...host.env },
            stdio: 'ignore',
          })
          proxy.kill = { child, at, when }
          const [exitCode, signal] = await once(child, 'exit')
          proxy.kill = undefined
          if (exitCode === 0) {
            expect(at).toBe(proxy.counted + 1)
            break
          }
          expect(signal).toBe('SIGKILL')
          await expectNextRunToComplete(`killed at request ${at}`)
        }
      } finally {
        await proxy.close()
        await rm(program)
      }
    })
  },
)

/** Builds the command line as one file with its packages, which starts in a fraction of the time that its sources need. */
async function buildProgram(): Promise<string> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const outfile = `${root}node_modules/.cache/interaqt-logto/cli-${process.pid}.mjs`
  await build({
    entryPoints: [`${root}src/cli/index.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // The peers of `dev`, which is not run here.
    external: ['oidc-provider', 'hono', '@hono/*'],
    // commander is CommonJS.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
    },
  })
  return outfile
}

interface KillingProxy {
  url: string
  /** Requests so far that count: where it kills after Logto has done one, those that may change something. */
  counted: number
  /** Whom to kill at the n-th of these: before Logto gets it, or before its answer goes back. */
  kill: { child: ChildProcess; at: number; when: 'before' | 'after' } | undefined
  close(): Promise<void>
}

/** Stands before Logto and hands on what comes, until it is time to kill. */
async function startProxy(): Promise<KillingProxy> {
  const server: Server = createServer(async (request, response) => {
    const { kill } = proxy
    const isWrite = request.method !== 'GET' && request.url !== '/oidc/token'
    // After a read nothing is otherwise than before the next request; before a read, only the files may be.
    const isCounted = (isLongRun && kill?.when === 'before') || isWrite
    if (isCounted) proxy.counted += 1
    const isTime = isCounted && kill?.at === proxy.counted
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    if (isTime && kill.when === 'before') return void kill.child.kill('SIGKILL')
    const { method = 'GET', headers, url = '/' } = request
    const answer = await fetch(logto.url + url, {
      method,
      headers: {
        'content-type': headers['content-type'] ?? '',
        authorization: headers.authorization ?? '',
      },
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    })
    const body = await answer.text()
    if (isTime) return void kill.child.kill('SIGKILL')
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const proxy: KillingProxy = {
    url: `http://127.0.0.1:${port}`,
    counted: 0,
    kill: undefined,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}
