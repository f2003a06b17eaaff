import { execFileSync } from 'node:child_process'
import { chmod, copyFile, lstat, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { shipTemplates } from '../../examples/ship-templates.js'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { FakeHost } from './fake-host.js'
import { startManagedLogto } from './managed-logto.js'
import { serveDev } from './serve-dev.js'

const modeOf = async (host: FakeHost, name = '.env') => (await stat(host.path(name))).mode & 0o777
const PRIVATE = 'readable by you alone'

describe('setup, where others can read .env', () => {
  let logto: EmbeddedLogto
  let host: FakeHost
  beforeEach(async () => {
    ;({ logto, host } = await startManagedLogto())
  })
  afterEach(async () => {
    await logto.close()
    await host.remove()
  })
  const openEnv = (mode = 0o644) => chmod(host.path('.env'), mode)

  it('makes it private with --yes, and says so', async () => {
    await host.writeEnv('# mine\nDATABASE_URL=postgresql://a:b@c/d\n')
    await openEnv()
    const { output, errors } = await host.run('setup', '--yes')
    expect(output).toContain('make it readable by you alone: others can read it (mode 644)')
    expect(output).toContain('.env is readable by you alone now.')
    expect(errors).toBe('')
    expect(await modeOf(host)).toBe(0o600)
    expect(parseEnv(await host.readEnv())).toMatchObject({ DATABASE_URL: 'postgresql://a:b@c/d' })
  })

  it.each([0o644, 0o640, 0o604, 0o620, 0o666, 0o777])(
    'changes the mode %o alone, where nothing else is to do',
    async (mode) => {
      await host.setup()
      const before = await host.readEnv()
      await openEnv(mode)
      const { isApplied, steps, envFile } = await host.setup()
      expect(steps.map(({ action }) => action)).toEqual(['keep', 'keep', 'keep', 'keep'])
      expect([isApplied, envFile]).toMatchObject([true, { changed: [], becomesPrivate: true }])
      expect(host.writes).toEqual([])
      expect([await modeOf(host), await host.readEnv()]).toEqual([0o600, before])
      expect(await host.setup()).toMatchObject({ isApplied: false, envFile: { becomesPrivate: false } })
    },
  )

  it('asks a person before it does', async () => {
    await host.setup()
    await openEnv()
    host.isInteractive = true
    host.answers = { 'Do this?': false }
    expect((await host.run('setup')).output).toContain('Nothing was changed')
    expect(await modeOf(host)).toBe(0o644)
    host.answers = { 'Do this?': true }
    await host.run('setup')
    expect(await modeOf(host)).toBe(0o600)
  })

  it('only says it with --dry-run, and does nothing where there is nobody to ask', async () => {
    await host.setup()
    await openEnv()
    expect((await host.run('setup', '--dry-run')).output).toContain(PRIVATE)
    expect(await host.run('setup')).toMatchObject({ exitCode: 1 })
    expect(await modeOf(host)).toBe(0o644)
  })

  it('makes the file private that a link leads to, and keeps the link', async () => {
    await writeFile(host.path('shared.env'), 'A=1\n', { mode: 0o644 })
    await symlink('shared.env', host.path('.env'))
    await host.setup()
    expect((await lstat(host.path('.env'))).isSymbolicLink()).toBe(true)
    expect(await modeOf(host, 'shared.env')).toBe(0o600)
  })

  it('says nothing of modes on Windows', async () => {
    await host.setup()
    await openEnv()
    host.platform = 'win32'
    expect(await host.setup()).toMatchObject({ isApplied: false, envFile: { becomesPrivate: false } })
    expect(host.transcript).not.toContain(PRIVATE)
  })
})

describe('dev --write-env, where others can read .env', () => {
  let host: FakeHost
  beforeEach(async () => {
    host = await FakeHost.create()
    await host.writeEnv('DATABASE_URL=postgresql://a:b@c/d\n')
    await chmod(host.path('.env'), 0o644)
  })
  afterEach(() => host.remove())

  it('makes it private with --yes, and says so, also when no line changes', async () => {
    await serveDev(host, ['--write-env', '--yes'], async () => expect(await modeOf(host)).toBe(0o600))
    expect(host.output).toContain('.env is readable by you alone now.')
    const port = new URL(parseEnv(await host.readEnv()).LOGTO_ENDPOINT ?? '').port
    await chmod(host.path('.env'), 0o640)
    await serveDev(host, ['--write-env', '--yes'], async () => expect(await modeOf(host)).toBe(0o600), port)
    expect(host.output).toContain('has these lines already')
  })

  it.each([true, false])('asks a person who answers %s', async (answer) => {
    host.isInteractive = true
    host.answers = { 'readable by you alone?': answer }
    await serveDev(host, ['--write-env'], async () => {
      expect(host.asked).toHaveLength(1)
      expect(host.asked[0]).toContain('mode 644')
      expect(await modeOf(host)).toBe(answer ? 0o600 : 0o644)
      expect(await host.readEnv()).toContain('LOGTO_SPA_APP_ID=')
    })
  })

  it('does not ask about a file that a person wants to keep as it is', async () => {
    await host.writeEnv('LOGTO_ENDPOINT=https://logto.example\n')
    host.isInteractive = true
    host.answers = { Change: false }
    await serveDev(host, ['--write-env'], async () => expect(await modeOf(host)).toBe(0o644))
    expect(host.asked).toEqual(['Change this line of .env?'])
  })

  it('warns where there is nobody to ask', async () => {
    await serveDev(host, ['--write-env'], async () => {
      expect(host.errors).toContain('mode 644')
      expect(host.errors).toContain('chmod 600 .env')
      expect(await modeOf(host)).toBe(0o644)
    })
  })

  it('says nothing of modes on Windows', async () => {
    host.platform = 'win32'
    await serveDev(host, ['--write-env'], async () => expect(host.errors).toBe(''))
  })
})

describe('doctor', () => {
  let host: FakeHost
  beforeEach(async () => {
    host = await FakeHost.create()
    host.env.LOGTO_ENDPOINT = 'http://127.0.0.1:9'
  })
  afterEach(() => host.remove())
  const check = async () => (await host.doctor()).checks.find(({ id }) => id === 'env-file')

  it.each([0o644, 0o640, 0o604, 0o602])('warns of mode %o', async (mode) => {
    await host.writeEnv('')
    await chmod(host.path('.env'), mode)
    expect(await check()).toMatchObject({
      status: 'warning',
      found: expect.stringContaining(mode.toString(8)),
      remedy: 'chmod 600 .env',
    })
  })

  it('looks at the file that a link leads to', async () => {
    await writeFile(host.path('shared.env'), '', { mode: 0o600 })
    await symlink('shared.env', host.path('.env'))
    expect(await check()).toMatchObject({ status: 'ok' })
    await chmod(host.path('shared.env'), 0o644)
    expect(await check()).toMatchObject({ status: 'warning' })
  })

  it('has nothing to say of a private file, or of none', async () => {
    expect(await check()).toMatchObject({ status: 'ok', found: 'no .env' })
    await host.writeEnv('')
    expect(await check()).toMatchObject({ status: 'ok', found: expect.stringContaining(PRIVATE) })
  })

  it('does not warn on Windows, whose files have no modes', async () => {
    await host.writeEnv('')
    await chmod(host.path('.env'), 0o666)
    host.platform = 'win32'
    expect(await check()).toMatchObject({ status: 'ok', found: expect.stringContaining('Windows') })
  })
})

describe.each(['starter', 'react'])('the example %s', (template) => {
  let host: FakeHost
  beforeAll(shipTemplates)
  beforeEach(async () => {
    host = await FakeHost.create()
  })
  afterEach(() => host.remove())

  it.each(['README.md', '.env.example'])('%s has a command that makes a private .env', async (page) => {
    const text = await readFile(`examples/${template}/${page}`, 'utf8')
    const command = /install -m 600 \.env\.example \.env/.exec(text)?.[0] ?? 'false'
    await copyFile(`examples/${template}/.env.example`, host.path('.env.example'))
    await chmod(host.path('.env.example'), 0o644)
    // Also over one that is there.
    for (const before of ['nothing', 'a public one']) {
      if (before !== 'nothing') await chmod(host.path('.env'), 0o644)
      execFileSync('sh', ['-c', `umask 022; ${command}`], { cwd: host.cwd })
      expect(await modeOf(host), before).toBe(0o600)
    }
    // No line beside it says `cp`, which hands the mode on.
    expect(text).not.toMatch(/\bcp \.env\.example/)
  })

  it('copied by init, has a private .env.example, so that `cp` makes a private .env too', async () => {
    await host.run('init', 'my-app', '--template', template)
    expect(await modeOf(host, 'my-app/.env.example')).toBe(0o600)
    execFileSync('sh', ['-c', 'umask 022; cp .env.example .env'], { cwd: host.path('my-app') })
    expect(await modeOf(host, 'my-app/.env')).toBe(0o600)
    await rm(host.path('my-app'), { recursive: true })
  })
})
