import { stat } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeHost } from './fake-host.js'
import { type Env, envIn, serveDev } from './serve-dev.js'

let host: FakeHost
beforeEach(async () => {
  host = await FakeHost.create()
})
afterEach(() => host.remove())

const serving = <T>(args: string[], use: (env: Env) => Promise<T>) => serveDev(host, args, use)

describe('dev --write-env', () => {
  it('writes a file for its owner alone, with the lines that it prints', async () => {
    await serving(['--write-env'], async (env) => {
      expect(envIn(await host.readEnv())).toEqual(env)
      expect((await stat(host.path('.env'))).mode & 0o777).toBe(0o600)
    })
  })

  it('adds to a file without a question, and keeps its other lines and comments', async () => {
    await host.writeEnv('# mine\nDATABASE_URL=postgres://x\nLOGTO_SPA_APP_ID=\n')
    await serving(['--write-env'], async (env) => {
      const text = await host.readEnv()
      expect(text.startsWith('# mine\nDATABASE_URL=postgres://x\nLOGTO_SPA_APP_ID=dev-frontend\n')).toBe(true)
      expect(envIn(text)).toEqual({ DATABASE_URL: 'postgres://x', ...env })
    })
    expect(host.asked).toEqual([])
  })

  it('refuses to change a line where there is nobody to ask, and serves nothing', async () => {
    const text = 'LOGTO_ENDPOINT=https://logto.example\nLOGTO_M2M_APP_SECRET=a-real-secret\n'
    await host.writeEnv(text)
    const { exitCode, errors } = await host.run('dev', '--port', '0', '--write-env')
    expect(exitCode).toBe(1)
    expect(errors).toContain('LOGTO_ENDPOINT, LOGTO_M2M_APP_SECRET')
    expect(errors).toContain('--yes')
    expect(await host.readEnv()).toBe(text)
    expect(host.transcript).not.toContain('a-real-secret')
  })

  it('changes lines with --yes', async () => {
    await host.writeEnv('LOGTO_ENDPOINT=https://logto.example\n')
    await serving(['--write-env', '--yes'], async (env) => {
      expect(envIn(await host.readEnv())).toEqual(env)
    })
  })

  it.each([true, false])('asks a person who answers %s', async (answer) => {
    const text = 'LOGTO_ENDPOINT=https://logto.example\nLOGTO_M2M_APP_SECRET=a-real-secret\n'
    await host.writeEnv(text)
    host.isInteractive = true
    host.answers = { Change: answer }
    await serving(['--write-env'], async (env) => {
      expect(host.asked).toEqual(['Change these lines of .env?'])
      expect(host.output).toContain('LOGTO_ENDPOINT: https://logto.example ->')
      expect(host.transcript).not.toContain('a-real-secret')
      expect(envIn(await host.readEnv())).toEqual(answer ? env : envIn(text))
    })
  })

  it('changes nothing at the next start', async () => {
    const port = await serving(['--write-env'], async (env) => new URL(env.LOGTO_ENDPOINT ?? '').port)
    const before = await host.readEnv()
    await serveDev(
      host,
      ['--write-env'],
      async () => {
        expect(await host.readEnv()).toBe(before)
        expect(host.output).toContain('has these lines already')
      },
      port,
    )
  })

  it.each(['--env', '--env-file'])('writes where %s says', async (flag) => {
    await serving(['--write-env', flag, 'dev.env'], async () => {
      expect((await stat(host.path('dev.env'))).isFile()).toBe(true)
      await expect(host.readEnv()).rejects.toThrow('ENOENT')
    })
  })
})

describe('dev without --write-env', () => {
  it('writes no file, and takes the endpoints from .env', async () => {
    const text = 'FRONTEND_URL=http://127.0.0.1:5199\nINTERAQT_ENDPOINT=http://127.0.0.1:4099\n'
    await host.writeEnv(text)
    await serving([], async (env) => {
      expect(env).toMatchObject(envIn(text))
      expect(await host.readEnv()).toBe(text)
    })
    await serving(['--frontend-url', 'http://127.0.0.1:5198'], async (env) => {
      expect(env.FRONTEND_URL).toBe('http://127.0.0.1:5198')
    })
  })

  it('names another resource than the usual one', async () => {
    await serving(['--resource', 'https://api.example'], async (env) => {
      expect(env.LOGTO_RESOURCE).toBe('https://api.example')
    })
  })
})
