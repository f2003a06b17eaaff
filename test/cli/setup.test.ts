import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { parseEnv } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import deletedSecret from '../fixtures/recordings/released/token-secret-deleted.json' with { type: 'json' }
import expiredSecret from '../fixtures/recordings/released/token-secret-expired-post.json' with {
  type: 'json',
}
import unknownClient from '../fixtures/recordings/released/token-unknown-client.json' with { type: 'json' }
import type { FakeHost } from './fake-host.js'
import { MANAGER_SECRET, startManagedLogto } from './managed-logto.js'
import { COMPLETE, inventoryOf, SCOPES } from './setup-inventory.js'

let logto: EmbeddedLogto
let host: FakeHost

beforeEach(async () => {
  ;({ logto, host } = await startManagedLogto())
  await writeFile(host.path('package.json'), '{"name":"friends"}')
})
afterEach(async () => {
  await logto.close()
  await host.remove()
})

const inventory = () => inventoryOf(logto)
const actions = async () => (await host.setup(...SCOPES)).steps.map(({ action }) => action)

describe('setup', () => {
  it('makes everything in a Logto that has only a machine application, and writes .env', async () => {
    const result = await host.setup(...SCOPES)
    expect(result.steps.map(({ subject, action }) => `${action} ${subject}`)).toEqual([
      'create SPA application',
      'create M2M application',
      'create API resource',
      'create Webhook',
    ])
    expect(inventory()).toEqual(COMPLETE)

    const env = parseEnv(await host.readEnv())
    const applications = [...logto.state.applications.values()]
    const spa = applications.find(({ type }) => type === 'SPA')
    const machine = applications.find(({ name }) => name === 'friends (API)')
    const [hook] = logto.state.hooks.values()
    expect(env).toEqual({
      LOGTO_ENDPOINT: logto.url,
      LOGTO_SPA_APP_ID: spa?.id,
      LOGTO_M2M_APP_ID: machine?.id,
      LOGTO_M2M_APP_SECRET: machine?.secrets[0]?.value,
      LOGTO_WEBHOOK_SIGNING_KEY: hook?.signingKey,
      LOGTO_WEBHOOK_ID: hook?.id,
      INTERAQT_ENDPOINT: 'http://127.0.0.1:4000',
      FRONTEND_URL: 'http://127.0.0.1:5173',
    })
    expect(spa?.oidcClientMetadata).toEqual({
      redirectUris: ['http://127.0.0.1:5173/'],
      postLogoutRedirectUris: ['http://127.0.0.1:5173/'],
    })
    expect(hook).toMatchObject({ config: { url: 'http://127.0.0.1:4000/api/syncUser' }, enabled: true })
  })

  it('changes nothing the second time, and says so', async () => {
    await host.setup(...SCOPES)
    const env = await host.readEnv()
    const { output } = await host.run('setup', '--yes', ...SCOPES)
    expect(host.writes).toEqual([])
    expect(output).toContain('Nothing to do')
    expect(await host.readEnv()).toBe(env)
  })

  it('goes on with the application of .env alone, once it is there', async () => {
    await host.setup(...SCOPES)
    delete host.env.LOGTO_MANAGEMENT_APP_ID
    delete host.env.LOGTO_MANAGEMENT_APP_SECRET
    expect(await actions()).toEqual(['keep', 'keep', 'keep', 'keep'])
  })

  it('takes the machine application that the environment names for the one of the API', async () => {
    delete host.env.LOGTO_MANAGEMENT_APP_ID
    host.env.LOGTO_M2M_APP_ID = 'manager'
    host.env.LOGTO_M2M_APP_SECRET = MANAGER_SECRET
    const { steps } = await host.setup()
    expect(steps[1]).toMatchObject({ action: 'keep', name: 'Manager' })
    expect(parseEnv(await host.readEnv())).toMatchObject({
      LOGTO_M2M_APP_ID: 'manager',
      LOGTO_M2M_APP_SECRET: MANAGER_SECRET,
    })
  })

  it('completes what somebody took away, and leaves alone what somebody added', async () => {
    await host.setup(...SCOPES)
    const applications = [...logto.state.applications.values()]
    const spa = applications.find(({ type }) => type === 'SPA')
    const machine = applications.find(({ name }) => name === 'friends (API)')
    const [hook] = logto.state.hooks.values()
    if (!spa || !machine || !hook) throw new Error('setup made nothing')
    spa.oidcClientMetadata.redirectUris = ['https://friends.example/']
    spa.customClientMetadata = { corsAllowedOrigins: ['https://admin.example'], idTokenTtl: 60 }
    machine.roleIds.clear()
    machine.secrets.splice(0)
    hook.events = ['User.Created', 'Role.Created']
    hook.enabled = false
    hook.config = { url: 'http://127.0.0.1:4000/hook', headers: { 'x-a': 'b' } }
    for (const scope of logto.state.scopes.values()) {
      if (scope.name === 'friends:write') logto.state.scopes.delete(scope.id)
    }

    expect(await actions()).toEqual(['change', 'change', 'change', 'change'])
    expect(spa.oidcClientMetadata.redirectUris).toEqual([
      'https://friends.example/',
      'http://127.0.0.1:5173/',
    ])
    expect(spa.customClientMetadata).toEqual({
      corsAllowedOrigins: ['https://admin.example'],
      idTokenTtl: 60,
    })
    expect(machine.roleIds.size).toBe(1)
    expect(parseEnv(await host.readEnv()).LOGTO_M2M_APP_SECRET).toBe(machine.secrets[0]?.value)
    expect(hook.events).toEqual(expect.arrayContaining(['Role.Created', 'User.Deleted', 'PostSignIn']))
    expect(hook).toMatchObject({
      enabled: true,
      config: { url: 'http://127.0.0.1:4000/api/syncUser', headers: { 'x-a': 'b' } },
    })
    expect(await actions()).toEqual(['keep', 'keep', 'keep', 'keep'])
  })

  it('names the frontend as a CORS origin where no redirect URI does', async () => {
    await host.setup(
      '--redirect-uri',
      'https://auth.example/callback',
      '--frontend-url',
      'https://app.example',
    )
    const spa = [...logto.state.applications.values()].find(({ type }) => type === 'SPA')
    expect(spa?.customClientMetadata.corsAllowedOrigins).toEqual(['https://app.example'])
  })

  it('adds no redirect URI that a wildcard matches already, nor a CORS origin for it', async () => {
    await host.setup()
    const spa = [...logto.state.applications.values()].find(({ type }) => type === 'SPA')
    if (!spa) throw new Error('no SPA application')
    spa.oidcClientMetadata = {
      redirectUris: ['https://*.preview.example.com/callback'],
      postLogoutRedirectUris: ['https://*.preview.example.com/*'],
    }
    const at = (host: string) => [
      ...['--frontend-url', `https://${host}`, '--redirect-uri', `https://${host}/callback`],
      ...['--post-sign-out-redirect-uri', `https://${host}/`],
    ]
    expect((await host.setup(...at('pr-12.preview.example.com'))).steps[0]).toMatchObject({ action: 'keep' })
    expect((await host.setup(...at('a.b.preview.example.com'))).steps[0]?.details).toEqual([
      'redirect URI https://a.b.preview.example.com/callback',
      'post sign-out redirect URI https://a.b.preview.example.com/',
    ])
  })

  it('registers a redirect URI with wildcards, once', async () => {
    const flags = [
      '--redirect-uri',
      'https://*.preview.example.com/callback',
      'http://127.0.0.1:5173/*/callback',
    ]
    await host.setup(...flags)
    expect((await host.setup(...flags)).steps[0]).toMatchObject({ action: 'keep' })
    const spa = [...logto.state.applications.values()].find(({ type }) => type === 'SPA')
    expect(spa?.oidcClientMetadata.redirectUris).toEqual(flags.slice(1))
  })

  it('replaces a secret that has expired', async () => {
    await host.setup()
    const machine = [...logto.state.applications.values()].find(({ name }) => name === 'friends (API)')
    for (const secret of machine?.secrets ?? []) secret.expiresAt = Date.now() - 1000
    await host.setup()
    expect(machine?.secrets).toHaveLength(2)
    expect(host.output).toContain('"restartApi": true')
    expect(parseEnv(await host.readEnv()).LOGTO_M2M_APP_SECRET).toBe(machine?.secrets[1]?.value)
  })

  it('says that the API has to be restarted after a new secret, and only then', async () => {
    await host.setup()
    const machine = [...logto.state.applications.values()].find(({ name }) => name === 'friends (API)')
    machine?.secrets.splice(0)
    expect((await host.run('setup', '--yes')).output).toContain('restart the API')
    machine?.roleIds.clear()
    const { output } = await host.run('setup', '--yes')
    expect(output).toContain('Done.')
    expect(output).not.toContain('restart')
  })

  it.each([
    ['expired', expiredSecret.response, 'secret_expired', 'has expired', 'Make a new one'],
    ['deleted', deletedSecret.response, 'secret_wrong', 'does not accept the secret', 'App secrets'],
    ['unknown', unknownClient.response, 'application_unknown', 'has no application', 'Correct the id'],
  ])(
    'and doctor name a machine application that is of no use: %s',
    async (_, answer, code, words, remedy) => {
      await host.setup()
      const ask = host.fetch
      host.fetch = async (input, init) => {
        if (!String(input).endsWith('/oidc/token')) return ask(input, init)
        return Response.json(answer.body, { status: answer.status })
      }
      const { output, exitCode } = await host.run('setup', '--yes', '--json')
      expect(exitCode).toBe(1)
      const { error } = JSON.parse(output)
      expect(error).toMatchObject({ code, message: expect.stringContaining(words) })
      expect(error.remedy).toContain(remedy)
      const { checks } = await host.doctor()
      expect(checks.find(({ id }) => id === 'm2m-secret')).toMatchObject({
        status: 'failure',
        found: expect.stringContaining(words),
        remedy: expect.stringContaining(remedy),
      })
    },
  )

  it('keeps the .env that is there, and only adds or changes what is needed', async () => {
    await host.writeEnv('# mine\nDATABASE_URL=postgresql://a:b@c/d # theirs\nLOGTO_SPA_APP_ID=gone\n')
    await host.setup()
    const lines = (await host.readEnv()).split('\n')
    expect(lines.slice(0, 2)).toEqual(['# mine', 'DATABASE_URL=postgresql://a:b@c/d # theirs'])
    expect(lines[2]).toMatch(/^LOGTO_SPA_APP_ID=(?!gone)/)
  })

  it('shows the plan and changes nothing with --dry-run', async () => {
    const { output, exitCode } = await host.run('setup', '--dry-run')
    expect(exitCode).toBe(0)
    expect(output).toContain('create  SPA application')
    expect(output).toContain('Nothing was changed')
    expect(host.writes).toEqual([])
    await expect(host.readEnv()).rejects.toThrow()
  })

  it('does nothing without --yes where there is nobody to ask', async () => {
    const { exitCode, errors } = await host.run('setup')
    expect([exitCode, host.writes]).toEqual([1, []])
    expect(errors).toContain('--yes')
  })

  it('asks a person for what is missing, and before it does anything', async () => {
    for (const name of Object.keys(host.env)) delete host.env[name]
    host.isInteractive = true
    host.answers = {
      'your Logto': logto.url,
      'Id of a machine': 'manager',
      'Secret of': MANAGER_SECRET,
      'Do this': false,
    }
    const first = await host.run('setup')
    expect(first.output).toContain('Nothing was changed')
    expect(host.writes).toEqual([])
    expect(host.asked).toHaveLength(6)
    host.answers['Do this'] = true
    await host.run('setup')
    expect(inventory().hooks).toEqual(['friends sync'])
  })

  it('asks again for an id and a secret that are empty', async () => {
    delete host.env.LOGTO_MANAGEMENT_APP_ID
    delete host.env.LOGTO_MANAGEMENT_APP_SECRET
    host.isInteractive = true
    host.answers = {
      'Id of a machine': ['', '  ', ' manager '],
      'Secret of manager': ['', MANAGER_SECRET],
    }
    const { exitCode } = await host.run('setup', '--management-app-id', '')
    expect(exitCode).toBe(0)
    expect(inventory().hooks).toEqual(['friends sync'])
    expect(host.asked.filter((question) => question.includes('Id of a machine'))).toHaveLength(3)
  })

  it('refuses a wrong flag before it asks', async () => {
    delete host.env.LOGTO_ENDPOINT
    host.isInteractive = true
    expect((await host.run('setup', '--scope', 'two words')).exitCode).toBe(1)
    expect(host.asked).toEqual([])
  })

  it('prints lines of at most 80 columns, and no colour where nobody looks', async () => {
    const { output } = await host.run('setup', '--dry-run', ...SCOPES)
    expect(output.split('\n').filter((line) => line.length > 80)).toEqual([])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: this is the character that starts a colour.
    expect(output).not.toMatch(/\u001b/)
  })
})

describe('two projects of one name on one Logto', () => {
  const hookUrls = () => [...logto.state.hooks.values()].map(({ name, config }) => `${name}: ${config.url}`)
  const OTHER = ['--interaqt-endpoint', 'http://127.0.0.1:4100']

  it('have a webhook and applications each, and runs after that change nothing', async () => {
    await host.setup()
    const first = await host.readEnv()
    await rm(host.path('.env'))
    await host.setup(...OTHER)
    expect(hookUrls()).toEqual([
      'friends sync: http://127.0.0.1:4000/api/syncUser',
      'friends at 127.0.0.1:4100 sync: http://127.0.0.1:4100/api/syncUser',
    ])
    expect(inventory().applications).toEqual([
      'MachineToMachine Manager',
      'MachineToMachine friends (API)',
      'MachineToMachine friends at 127.0.0.1:4100 (API)',
      'SPA friends (frontend)',
      'SPA friends at 127.0.0.1:4100 (frontend)',
    ])
    const second = await host.readEnv()
    for (const name of ['LOGTO_WEBHOOK_ID', 'LOGTO_M2M_APP_SECRET', 'LOGTO_SPA_APP_ID'])
      expect(parseEnv(second)[name]).not.toBe(parseEnv(first)[name])
    expect((await host.setup(...OTHER)).steps.map(({ action }) => action)).not.toContain('change')
    await host.writeEnv(first)
    expect((await host.setup()).steps.map(({ action }) => action)).toEqual(['keep', 'keep', 'keep', 'keep'])
  })

  it('of which one has a copy of the .env of the other leave its webhook alone with --yes', async () => {
    await host.setup()
    const { steps } = await host.setup(...OTHER)
    expect(steps[3]).toMatchObject({ action: 'create', name: 'friends at 127.0.0.1:4100 sync' })
    expect(hookUrls()).toHaveLength(2)
    expect(hookUrls()[0]).toBe('friends sync: http://127.0.0.1:4000/api/syncUser')
  })

  it('may be one that has moved, when a person says so', async () => {
    await host.setup()
    host.isInteractive = true
    const { output } = await host.run('setup', ...OTHER)
    expect(output).toMatch(/was\s+http:\/\/127\.0\.0\.1:4000\/api\/syncUser/)
    expect(hookUrls()).toEqual(['friends sync: http://127.0.0.1:4100/api/syncUser'])
  })

  it('report sign-outs to an API each', async () => {
    await host.setup('--login', 'session')
    await host.setup('--login', 'session', ...OTHER)
    const uris = [...logto.state.applications.values()]
      .filter(({ type }) => type === 'Traditional')
      .map(({ oidcClientMetadata }) => oidcClientMetadata.backchannelLogoutUri)
    expect(uris).toEqual([4000, 4100].map((port) => `http://127.0.0.1:${port}/auth/back-channel-logout`))
  })
})

describe('what Logto does not validate, setup does', () => {
  it.each([
    ['--resource', 'not-a-uri', 'absolute URI'],
    ['--resource', 'http://127.0.0.1:4000/interaction#x', 'fragment'],
    ['--redirect-uri', 'javascript:alert(1)', 'http(s)'],
    ['--redirect-uri', 'http://app.example/', 'https'],
    ['--redirect-uri', 'https://app.example/#/callback', 'fragment'],
    ['--redirect-uri', '*', 'no http(s) URL with wildcards'],
    ['--redirect-uri', 'http://localhost:*/callback', 'as port'],
    ['--redirect-uri', 'https://*.com/callback', 'last two labels'],
    ['--redirect-uri', 'https://app.example/?branch=*', 'query'],
    ['--redirect-uri', 'http://*.app.example/callback', 'https'],
    ['--post-sign-out-redirect-uri', 'https://*/', 'last two labels'],
    ['--post-sign-out-redirect-uri', '/relative', 'http(s)'],
    ['--hook-url', 'not a url', 'http(s)'],
    ['--hook-url', 'https://user:password@api.example/', 'credentials'],
    ['--interaqt-endpoint', 'http://127.0.0.1:4000/?a=b', 'query'],
    ['--frontend-url', 'localhost:5173', 'http(s)'],
    ['--scope', 'two words', 'spaces'],
  ])('%s %s', async (flag, value, reason) => {
    const { exitCode, errors } = await host.run('setup', '--yes', flag, value)
    expect(exitCode).toBe(1)
    expect(errors).toContain(reason)
    expect(host.requests).toEqual([])
  })

  it('writes an API resource of another name to .env, and takes it back', async () => {
    const resource = async () => parseEnv(await host.readEnv()).LOGTO_RESOURCE
    await host.setup('--resource', 'https://api.example')
    expect(await resource()).toBe('https://api.example')
    expect((await host.setup()).steps[2]).toMatchObject({ action: 'keep', name: 'https://api.example' })
    await host.setup('--resource', 'http://127.0.0.1:4000/interaction')
    expect(await resource()).toBe('http://127.0.0.1:4000/interaction')
  })

  it('says when an API resource differs only by a slash', async () => {
    await host.setup()
    const { steps } = await host.setup('--resource', 'http://127.0.0.1:4000/interaction/')
    expect(steps[2]?.details.join()).toContain(
      'http://127.0.0.1:4000/interaction, which to Logto is another one',
    )
  })
})

describe('a Logto in Docker', () => {
  const published = () => `0.0.0.0:${new URL(logto.url).port}->3001/tcp, :::3002->3002/tcp\n`

  it('is noticed, and its host name offered to a person', async () => {
    host.dockerPs = published()
    host.isInteractive = true
    await host.run('setup')
    expect(host.asked.join()).toContain('host.docker.internal')
    expect([...logto.state.hooks.values()][0]?.config.url).toBe(
      'http://host.docker.internal:4000/api/syncUser',
    )
  })

  it('is warned of where there is nobody to ask, and taken for granted with --docker', async () => {
    host.dockerPs = published()
    const { errors } = await host.run('setup', '--dry-run')
    expect(errors).toContain('--docker')
    expect((await host.run('setup', '--dry-run', '--no-docker')).errors).toBe('')
    const { output } = await host.run('setup', '--dry-run', '--docker')
    expect(output).toContain('http://host.docker.internal:4000/api/syncUser')
  })

  it.each(['token', 'session'])(
    'stays as it was registered when a later run does not say it: %s',
    async (login) => {
      await host.setup('--docker', '--login', login)
      expect((await host.setup('--no-docker')).steps.map(({ action }) => action)).not.toContain('change')
      expect([...logto.state.hooks.values()][0]?.config.url).toContain('host.docker.internal')
    },
  )

  it('is told by LOGTO_WEBHOOK_HOST where this machine is', async () => {
    host.env.LOGTO_WEBHOOK_HOST = '172.17.0.1'
    await host.setup()
    expect([...logto.state.hooks.values()].map(({ config }) => config.url)).toEqual([
      'http://172.17.0.1:4000/api/syncUser',
    ])
  })
})

describe('the built-in m-default of a self-hosted Logto', () => {
  it('gets its token from the admin endpoint, and a machine application is made for the API', async () => {
    // The admin tenant's own OpenID Connect server, which knows m-default (recordings/setup/01).
    const admin = createServer(async (request, response) => {
      const form = new URLSearchParams(await text(request))
      const isKnown = form.get('client_id') === 'm-default' && form.get('client_secret') === 'built-in-secret'
      form.set('client_id', isKnown ? 'manager' : 'nobody')
      form.set('client_secret', MANAGER_SECRET)
      const answer = await fetch(`${logto.url}/oidc/token`, { method: 'POST', body: form })
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
    }).listen(0, '127.0.0.1')
    await once(admin, 'listening')
    const address = admin.address()
    delete host.env.LOGTO_MANAGEMENT_APP_ID
    delete host.env.LOGTO_MANAGEMENT_APP_SECRET
    host.env.LOGTO_ADMIN_ENDPOINT = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    host.env.LOGTO_M2M_APP_ID = 'm-default'
    host.env.LOGTO_M2M_APP_SECRET = 'built-in-secret'
    const { steps } = await host.setup()
    expect(steps[1]).toMatchObject({ action: 'create', name: 'friends (API)' })
    expect(host.errors).toMatch(/another LOGTO_M2M_APP_ID, LOGTO_M2M_APP_SECRET,\s+which wins over \.env/)
    expect(parseEnv(await host.readEnv()).LOGTO_M2M_APP_ID).not.toBe('m-default')
    expect((await host.setup()).steps.map(({ action }) => action)).toEqual(['keep', 'keep', 'keep', 'keep'])
    // With the same variables, which the contract suite takes too, doctor asks as m-default.
    const { checks } = await host.doctor()
    const machine = checks.filter(({ id }) => id.startsWith('m2m'))
    expect(machine.map(({ status, found }) => [status, found])).toEqual([
      ['ok', 'm-default'],
      ['ok', 'the role "Logto Management API access"'],
    ])
    admin.close()
  })
})

describe('a failure', () => {
  it.each([
    ['a wrong secret', { LOGTO_MANAGEMENT_APP_SECRET: 'wrong' }, 'App secrets'],
    ['an unknown application', { LOGTO_MANAGEMENT_APP_ID: 'unknown' }, 'machine-to-machine'],
    [
      'no credentials',
      { LOGTO_MANAGEMENT_APP_ID: '', LOGTO_MANAGEMENT_APP_SECRET: '' },
      'LOGTO_MANAGEMENT_APP_ID',
    ],
    ['a Logto that is not there', { LOGTO_ENDPOINT: 'http://127.0.0.1:9' }, 'does not answer'],
    [
      'another Management API',
      { LOGTO_MANAGEMENT_RESOURCE: 'https://x.logto.app/api' },
      '--management-resource',
    ],
  ])('says what to do: %s', async (_, env, word) => {
    Object.assign(host.env, env)
    const { exitCode, errors } = await host.run('setup', '--yes')
    expect(exitCode).toBe(1)
    expect(errors).toContain(word)
    expect(errors).not.toMatch(/^ {4}at /m)
    expect((await host.run('setup', '--yes', '--verbose')).errors).toMatch(/^ {4}at /m)
  })

  it('of the connection: a read is repeated, a write is not', async () => {
    host.fault = { at: 2, when: 'before', once: true }
    expect((await host.run('setup', '--dry-run')).exitCode).toBe(0)
    const reads = host.requests.length - 1
    host.fault = { at: reads + 1, when: 'after', once: true }
    const { exitCode, errors } = await host.run('setup', '--yes')
    expect([exitCode, errors]).toEqual([1, expect.stringContaining('does not answer')])
    expect(host.writes).toEqual(['POST /api/applications'])
    host.fault = undefined
    await host.setup(...SCOPES)
    expect(inventory()).toEqual(COMPLETE)
  })

  it('says that the role is missing', async () => {
    logto.state.applications.get('manager')?.roleIds.clear()
    expect((await host.run('setup', '--yes')).errors).toContain('Logto Management API access')
  })

  it('is one JSON value with --json', async () => {
    host.env.LOGTO_MANAGEMENT_APP_SECRET = 'wrong'
    const { output } = await host.run('setup', '--yes', '--json')
    expect(JSON.parse(output)).toMatchObject({ error: { code: 'secret_wrong' } })
  })
})
