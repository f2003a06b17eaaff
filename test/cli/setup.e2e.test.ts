import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Application } from '../../examples/demo/application.js'
import { story } from '../../examples/demo/story.js'
import { openBrowserWorld } from '../../examples/demo/world.js'
import { linkPackage } from '../../examples/link-package.js'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import { hasChromium } from '../support/chromium.js'
import { freePort } from '../support/free-port.js'
import { STARTER_TURN_MS, starterTurn } from '../support/starter-turn.js'
import { FakeHost } from './fake-host.js'

const MACHINE = { id: 'manager', secret: 'the-managers-secret' }

describe.skipIf(!hasChromium())('setup, and then the starter', () => {
  let endTurn: () => Promise<void>
  let logto: EmbeddedLogto
  let host: FakeHost
  let starter: ChildProcess
  let world: Awaited<ReturnType<typeof openBrowserWorld>>

  beforeAll(async () => {
    await linkPackage()
    endTurn = await starterTurn()
    logto = await startEmbeddedLogto({
      port: 0,
      // All that there is: somebody to sign in, and the machine application.
      users: [
        { username: 'alice', password: 'tea-and-cake', name: 'Alice' },
        { username: 'bob', password: 'tea-and-cake', name: 'Bob' },
      ],
      applications: [{ ...MACHINE, name: 'Manager', type: 'MachineToMachine', managementApi: true }],
      log: () => {},
    })
    host = await FakeHost.create()
    Object.assign(host.env, {
      LOGTO_ENDPOINT: logto.url,
      LOGTO_MANAGEMENT_APP_ID: MACHINE.id,
      LOGTO_MANAGEMENT_APP_SECRET: MACHINE.secret,
      INTERAQT_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
      FRONTEND_URL: `http://127.0.0.1:${await freePort()}`,
    })
  }, STARTER_TURN_MS)
  afterAll(async () => {
    await world?.close()
    if (starter?.exitCode === null) {
      starter.kill('SIGTERM')
      await once(starter, 'exit')
    }
    await logto?.close()
    await host?.remove()
    await endTurn?.()
  })

  it('needs nothing done by hand in between', async () => {
    const started = performance.now()
    // By another name than usual: the page, the API and Logto have to mean the same.
    await host.setup('--scope', 'publish:announcements', '--resource', 'https://friends.example/api')
    const env = parseEnv(await host.readEnv())
    starter = spawn(process.execPath, ['--liftoff-only', '--import', 'tsx', 'dev.ts'], {
      cwd: fileURLToPath(new URL('../../examples/starter', import.meta.url)),
      env: { ...process.env, NODE_ENV: 'development', ...env, DATABASE_URL: '', HOST: '', PORT: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise<void>((resolve, reject) => {
      let printed = ''
      starter.once('exit', () => reject(new Error(`The starter ended:\n${printed}`)))
      starter.stdout?.on('data', (text) => {
        printed += text
        if (printed.includes('Open http')) resolve()
      })
    })

    const application: Application = {
      logtoEndpoint: logto.url,
      interaqtEndpoint: env.INTERAQT_ENDPOINT ?? '',
      frontendUrl: env.FRONTEND_URL ?? '',
      machine: MACHINE,
      stop: async () => {},
      ended: Promise.resolve(),
    }
    world = await openBrowserWorld(application)
    await story[0]?.play(world)
    console.log(`From an empty Logto to two people signed in: ${Math.round(performance.now() - started)} ms`)
  })

  // Signing up by webhook and signing out; the rest of the story is the demo's.
  for (const { title, play } of story
    .slice(1)
    .filter(({ title }) => /the webhook brings|signs out/.test(title))) {
    it(title, () => play(world))
  }

  it('leaves doctor nothing to complain of', async () => {
    const { checks } = await host.doctor('--scope', 'publish:announcements')
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([])
  })
})
