import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import type { FakeHost } from './fake-host.js'
import { startManagedLogto } from './managed-logto.js'

const STARTER = 'examples/starter'
/** What is not Logto's to know: where the API listens, and where its data is. */
const NOT_FROM_SETUP = ['HOST', 'PORT', 'DATABASE_URL']
/** What the starter tells itself. */
const INTERNAL = ['WELCOME_HINT']

let written: Set<string>
let read: Set<string>
let explained: Set<string>

beforeAll(async () => {
  const { logto, host } = await startManagedLogto()
  try {
    written = await variablesThatSetupWrites(host)
  } finally {
    await host.remove()
    await logto.close()
  }
  read = new Set(await variablesThatTheStarterReads())
  explained = new Set(Object.keys(parseEnv(await readFile(join(STARTER, '.env.example'), 'utf8'))))
})

/** In either way to sign in, and with an API resource of another name. */
async function variablesThatSetupWrites(host: FakeHost): Promise<Set<string>> {
  await host.setup('--login', 'token', '--resource', 'https://api.example')
  await host.setup('--login', 'session')
  return new Set(Object.keys(parseEnv(await host.readEnv())))
}

async function variablesThatTheStarterReads(): Promise<string[]> {
  const files = await readdir(STARTER, { recursive: true })
  const sources = files.filter((file) => /\.ts$/.test(file) && !file.includes('node_modules'))
  const texts = await Promise.all(sources.map((file) => readFile(join(STARTER, file), 'utf8')))
  return texts.flatMap((text) =>
    [...text.matchAll(/process\.env\.([A-Z0-9_]+)(?!\w| = )|\b(?:read|value)\('([A-Z0-9_]+)'\)/g)].map(
      ([, direct, named]) => direct ?? named ?? '',
    ),
  )
}

const without = (names: Set<string>, others: string[]) =>
  [...names].filter((name) => !others.includes(name)).sort()

describe('the variables of setup and of the starter', () => {
  it('are the same: what one writes the other reads', () => {
    expect([...written].sort()).toEqual(without(read, [...NOT_FROM_SETUP, ...INTERNAL]))
  })

  it('are the ones that .env.example explains', () => {
    expect([...explained].sort()).toEqual(without(read, INTERNAL))
  })
})
