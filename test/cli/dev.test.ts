import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeHost } from './fake-host.js'
import { clientOf, type Env, serveDev, usersOf } from './serve-dev.js'

let host: FakeHost
beforeEach(async () => {
  host = await FakeHost.create()
})
afterEach(() => host.remove())

const serving = <T>(args: string[], use: (env: Env) => Promise<T>) => serveDev(host, args, use)

describe('dev', () => {
  it('serves a Logto with two people, and prints the lines for .env', async () => {
    await serving([], async (env) => {
      expect(Object.keys(env).sort()).toEqual([
        'COOKIE_SECRET',
        'FRONTEND_URL',
        'INTERAQT_ENDPOINT',
        'LOGTO_ENDPOINT',
        'LOGTO_M2M_APP_ID',
        'LOGTO_M2M_APP_SECRET',
        'LOGTO_SPA_APP_ID',
        'LOGTO_WEBHOOK_ID',
        'LOGTO_WEBHOOK_SIGNING_KEY',
        'LOGTO_WEB_APP_ID',
        'LOGTO_WEB_APP_SECRET',
      ])
      expect(Object.keys(await usersOf(env)).sort()).toEqual(['alice', 'bob'])
      expect(host.output).toContain('alice / tea-and-cake')
    })
  })

  it('is all that doctor asks of Logto', async () => {
    await serving([], async (env) => {
      const doctor = new FakeHost(host.cwd)
      Object.assign(doctor.env, env)
      const { checks } = await doctor.doctor()
      const ofApi = ['api', 'api-unauthenticated', 'api-cors', 'api-logto', 'hook-delivery']
      expect(checks.filter(({ id, status }) => status !== 'ok' && !ofApi.includes(id))).toEqual([])
    })
  })

  it('is all that doctor asks of Logto in session mode', async () => {
    await serving([], async (env) => {
      const doctor = new FakeHost(host.cwd)
      Object.assign(doctor.env, env, { LOGIN_MODE: 'session' })
      const { checks } = await doctor.doctor()
      const ofLogto = ['web-application', 'web-secret', 'redirect-uris', 'cookie-secret']
      expect(checks.filter(({ id, status }) => ofLogto.includes(id) && status === 'ok')).toHaveLength(4)
      // The API is on loopback, where a Logto posts no logout tokens unless told to.
      expect(checks.find(({ id }) => id === 'backchannel-logout')?.status).toBe('warning')
    })
  })

  it('takes people from flags and from a file', async () => {
    await writeFile(host.path('users.json'), '[{"username":"carol","password":"a-password","name":"Carol"}]')
    await serving(['--users', 'users.json', '--user', 'dave:a:b', 'erin:x'], async (env) => {
      expect(Object.keys(await usersOf(env)).sort()).toEqual(['carol', 'dave', 'erin'])
    })
  })

  it('keeps who is there in a file between runs, with their ids', async () => {
    const args = ['--state', 'logto.json', '--scope', 'friends:write']
    const before = await serving(args, async (env) => {
      const token = await clientOf(env).getManagementToken()
      const response = await fetch(`${env.LOGTO_ENDPOINT}/api/users`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: '{"username":"frank"}',
      })
      expect(response.status).toBe(200)
      return usersOf(env)
    })
    expect(Object.keys(before)).toContain('frank')
    expect((await stat(host.path('logto.json'))).mode & 0o777).toBe(0o600)
    expect(await serving(args, usersOf)).toEqual(before)
    expect(host.output).toContain('logto.json')
  })

  it.each(['{"a":1}', '{"version":1}', 'text'])('refuses a file that is no state: %s', async (text) => {
    await writeFile(host.path('logto.json'), text)
    const { exitCode, errors } = await host.run('dev', '--port', '0', '--state', 'logto.json')
    expect([exitCode, errors]).toEqual([1, expect.stringContaining('no state')])
    expect(await readFile(host.path('logto.json'), 'utf8')).toBe(text)
  })

  it('says which port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const { exitCode, errors } = await host.run('dev', '--port', String(port))
    expect([exitCode, errors]).toEqual([1, expect.stringContaining(`port ${port}`)])
    expect(errors).toContain('--port')
    other.close()
  })

  it.each([
    [['--port', 'x'], '--port'],
    [['--user', 'nobody'], 'name:password'],
    [['--users', 'missing.json'], 'cannot be read'],
    [['--frontend-url', 'x'], '--frontend-url'],
    [['--redirect-uri', 'http://a.example/'], '--redirect-uri'],
    [['--resource', 'here'], 'The API resource'],
    [['--user', 'carol:x', 'carol:y'], 'two users have the username "carol"'],
  ])('refuses %j', async (args, word) => {
    const { exitCode, errors } = await host.run('dev', ...args)
    expect([exitCode, errors]).toEqual([1, expect.stringContaining(word)])
  })
})

describe('the command line', () => {
  it.each([[], ['setup'], ['doctor'], ['dev']])('helps with examples: %s', async (...command) => {
    const { exitCode, output } = await host.run(...command, '--help')
    expect(exitCode).toBe(0)
    expect(output).toContain('Examples:')
    expect(output).toContain('$ interaqt-logto')
    expect(output.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  it('refuses what it does not know', async () => {
    expect(await host.run('setup', '--xyzzy')).toMatchObject({
      exitCode: 1,
      errors: "Error: unknown option '--xyzzy'\n--help says what there is.\n",
    })
    expect((await host.run('nope')).errors).toContain('unknown command')
    expect(JSON.parse((await host.run('setup', '--json', '--nope')).output)).toMatchObject({
      error: { code: 'commander.unknownOption' },
    })
  })

  it('keeps 1 of doctor for warnings: what it cannot look at is 2', async () => {
    expect((await host.run('doctor', '--nope')).exitCode).toBe(2)
    expect((await host.run('doctor', '--since', 'yesterday')).exitCode).toBe(2)
    expect((await host.run('doctor', '--logto-endpoint', 'nowhere')).exitCode).toBe(2)
  })

  it('says its version', async () => {
    const manifest = JSON.parse(await readFile('package.json', 'utf8'))
    expect(await host.run('--version')).toMatchObject({ exitCode: 0, output: `${manifest.version}\n` })
  })

  it('runs as a program, and ends on Ctrl-C', async () => {
    const program = spawn(process.execPath, ['--import', 'tsx', 'src/cli/index.ts', 'dev', '--port', '0'])
    let output = ''
    program.stdout.on('data', (data) => {
      const wasReady = output.includes('FRONTEND_URL')
      output += data
      // Once: a second Ctrl-C ends it the hard way.
      if (!wasReady && output.includes('FRONTEND_URL')) program.kill('SIGINT')
    })
    const [exitCode] = await once(program, 'exit')
    expect([exitCode, output]).toEqual([0, expect.stringContaining('Embedded Logto on http://127.0.0.1:')])
  })
})
