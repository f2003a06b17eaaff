import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readSettings, tokenEndpointOf } from '../../src/cli/settings.js'
import { Terminal } from '../../src/cli/terminal.js'
import { FakeHost } from './fake-host.js'

let host: FakeHost
beforeEach(async () => {
  host = await FakeHost.create()
})
afterEach(() => host.remove())

const settings = (flags = {}) => readSettings(new Terminal(host), flags)

describe('settings', () => {
  it('come from flags, else from the environment, else from .env, else they suit a laptop', async () => {
    const interaqtEndpoint = async (flags = {}) => (await settings(flags)).interaqtEndpoint
    expect(await interaqtEndpoint()).toBe('http://127.0.0.1:4000')
    await host.writeEnv('INTERAQT_ENDPOINT=https://file.example/\r\n')
    expect(await interaqtEndpoint()).toBe('https://file.example')
    host.env.INTERAQT_ENDPOINT = 'https://environment.example'
    expect(await interaqtEndpoint()).toBe('https://environment.example')
    expect(await interaqtEndpoint({ interaqtEndpoint: 'https://flag.example' })).toBe('https://flag.example')
  })

  it.each([
    'http://logto:3001//evil',
    'http://logto:3001///evil',
    'http://logto:3001/\\evil',
    'http://logto:3001/.//evil',
    'http:evil',
    'http:/evil',
    'http:///evil',
    'http://logto@evil',
  ])('name no endpoint in which another host could hide: %s', async (url) => {
    for (const name of ['LOGTO_ENDPOINT', 'INTERAQT_ENDPOINT', 'FRONTEND_URL', 'LOGTO_ADMIN_ENDPOINT']) {
      host.env[name] = url
      await expect(settings(), name).rejects.toMatchObject({
        code: 'value_invalid',
        message: expect.stringMatching(new RegExp(`^${name} .*must (be spelt|not contain)`)),
      })
      delete host.env[name]
    }
    host.env.LOGTO_ENDPOINT = 'http://logto:3001//'
    expect((await settings()).logtoEndpoint).toBe('http://logto:3001')
  })

  it('name the Management API of Logto Cloud by its tenant', async () => {
    const { managementResource } = await settings({ logtoEndpoint: 'https://tenant.logto.app' })
    expect(managementResource).toBe('https://tenant.logto.app/api')
    expect((await settings()).managementResource).toBe('https://default.logto.app/api')
  })
})

describe('the token of a machine application', () => {
  it.each([
    ['an own one', 'an-app', {}, 'http://127.0.0.1:3001'],
    [
      'an own one, beside an admin endpoint',
      'an-app',
      { LOGTO_ADMIN_ENDPOINT: 'https://admin.example' },
      'http://127.0.0.1:3001',
    ],
    ['m-default', 'm-default', {}, 'http://127.0.0.1:3002'],
    [
      'm-default, at an admin endpoint',
      'm-default',
      { LOGTO_ADMIN_ENDPOINT: 'https://admin.example/' },
      'https://admin.example',
    ],
    [
      'm-default, on another port',
      'm-default',
      { LOGTO_ENDPOINT: 'https://logto.example' },
      'https://logto.example',
    ],
  ])('comes from where it lives: %s', async (_, appId, env, endpoint) => {
    Object.assign(host.env, env)
    expect(tokenEndpointOf(await settings(), appId)).toBe(endpoint)
  })
})

describe('the file of environment variables', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const TEXT = 'INTERAQT_ENDPOINT=http://127.0.0.1:4099\n'

  it.each(['--env', '--env-file'])('is the one that %s names, for setup, doctor and dev', async (flag) => {
    await writeFile(host.path('staging.env'), `${TEXT}LOGTO_ENDPOINT=http://127.0.0.1:9\n`, { mode: 0o600 })
    const { errors } = await host.run('setup', '--dry-run', flag, 'staging.env')
    expect(errors).toContain('setup needs a machine application')
    const { checks } = await host.doctor(flag, 'staging.env')
    expect(checks.find(({ id }) => id === 'env-file')?.expected).toContain('staging.env')
    expect(checks.find(({ id }) => id === 'logto')?.found).toContain('http://127.0.0.1:9')
    const dev = await host.run('dev', flag, 'staging.env', '--interaqt-endpoint', 'x')
    expect(dev.errors).toContain('--interaqt-endpoint "x" must be an absolute')
  })

  it('may be one that is not there yet, which Node must not take for its own', async () => {
    const args = ['--import', 'tsx', 'src/cli/index.ts', 'doctor', '--json', '--env', host.path('new.env')]
    const env = {
      ...process.env,
      LOGTO_ENDPOINT: 'http://127.0.0.1:9',
      INTERAQT_ENDPOINT: 'http://127.0.0.1:9',
    }
    const run = promisify(execFile)(process.execPath, args, { cwd: root, env })
    const { stdout, stderr } = await run.catch((error) => error)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout).checks).toContainEqual(
      expect.objectContaining({ id: 'env-file', found: expect.stringMatching(/^no .*new\.env$/) }),
    )
  })

  it('is called --env by --help', async () => {
    for (const command of ['setup', 'doctor', 'dev']) {
      const { output } = await host.run(command, '--help')
      expect(output).toMatch(/^ {2}--env <file>/m)
      expect(output).not.toContain('--env-file')
    }
  })
})
