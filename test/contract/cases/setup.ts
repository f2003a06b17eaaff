import { decodeJwt, decodeProtectedHeader } from 'jose'
import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import type { Replay } from '../expect-like.js'
import { sendForm, text } from '../http.js'
import { recordedExchange, recording } from '../recordings.js'
import { expectSameShape } from '../shape.js'
import { MANAGEMENT_API, type World } from '../world.js'

function setupCase(
  name: string,
  file: string,
  run: (world: World, path: string) => Promise<unknown>,
  compares = 'status, content type, shape of the body',
): ContractCase {
  const recording = `setup/${file}.json`
  return {
    name,
    recording,
    compares,
    run: async (world) => {
      await run(world, recording)
    },
  }
}

const refusal = 'status, content type, error body'

async function creation(world: World, path: string, collection: string, replay: Replay): Promise<string> {
  const id = text(await world.replay(path, replay), 'id')
  await world.made('DELETE', `${collection}/${id}`)
  return id
}

const resource = (name: string, file: string, indicator: (world: World) => string): ContractCase =>
  setupCase(name, file, (world, path) => {
    const recorded = recordedExchange(path).request.body
    const body = { ...(typeof recorded === 'object' ? recorded : {}), indicator: indicator(world) }
    return creation(world, path, '/resources', { body })
  })

async function newHook(world: World): Promise<{ id: string; url: string; signingKey: unknown }> {
  const config = { url: `${world.receiver.url}/tmp` }
  const hook = await world.make('/hooks', { name: world.name('hook'), events: ['User.Created'], config })
  return { id: hook.id, url: config.url, signingKey: hook.signingKey }
}

const hookChange = (name: string, file: string, suffix = '', compares?: string): ContractCase =>
  setupCase(
    name,
    file,
    async (world, path) => world.replay(path, { path: `/hooks/${(await newHook(world)).id}${suffix}` }),
    compares,
  )

const applications: ContractCase[] = [
  setupCase(
    "the machine's token for the Management API",
    '01-m2m-token-from-admin-tenant',
    async (world, path) => {
      const { response, ...rest } = recordedExchange(path)
      const { decoded } = recording<{ decoded: { header: unknown; claims: unknown } }>(path)
      const { id, secret } = world.logto.machine
      const answer = await sendForm(world.logto.tokenEndpoint, {
        grant_type: 'client_credentials',
        client_id: id,
        client_secret: secret,
        resource: MANAGEMENT_API,
        scope: 'all',
      })
      expect(rest.request.method).toBe('POST')
      expect(answer.status).toBe(response.status)
      expectSameShape(answer.body, response.body)
      const token = text(answer, 'access_token')
      expectSameShape(decodeJwt(token), decoded.claims)
      expectSameShape(decodeProtectedHeader(token), decoded.header)
    },
    'status, shape of the answer, header and claims of the token',
  ),
  setupCase('the same by basic authentication', '01b-m2m-token-basic-auth', async (world, path) => {
    const { response } = recordedExchange(path)
    const { id, secret } = world.logto.machine
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
    const form = { grant_type: 'client_credentials', resource: MANAGEMENT_API, scope: 'all' }
    const answer = await sendForm(world.logto.tokenEndpoint, form, { authorization })
    expect(answer.status).toBe(response.status)
    expectSameShape(answer.body, response.body)
  }),
  setupCase('create a single-page application', '02-create-spa', (world, path) => {
    const recorded = recordedExchange(path).request.body
    const body = { ...(typeof recorded === 'object' ? recorded : {}), name: world.name('spa') }
    return creation(world, path, '/applications', { body })
  }),
  setupCase('create a machine application: no secret in the answer', '03-create-m2m', (world, path) =>
    creation(world, path, '/applications', { body: { name: world.name('m2m'), type: 'MachineToMachine' } }),
  ),
  setupCase('the secrets of a machine', '03b-get-m2m-secrets', (world, path) =>
    world.replay(path, { path: `/applications/${world.machine.id}/secrets` }),
  ),
  setupCase('create another secret that expires', '16-create-app-secret', async (world, path) => {
    const name = world.name('secret')
    const body = { name, expiresAt: Date.now() + 60_000 }
    await world.replay(path, { path: `/applications/${world.plainMachine.id}/secrets`, body })
    await world.made('DELETE', `/applications/${world.plainMachine.id}/secrets/${name}`)
  }),
  setupCase('the built-in role for machines', '04-list-m2m-roles', async (world, path) => {
    const answer = await world.management('GET', '/roles?type=MachineToMachine&page_size=100')
    const { response } = recordedExchange(path)
    const row = (body: unknown) =>
      Array.isArray(body) && body.find(({ name }) => name === 'Logto Management API access')
    expectSameShape(row(answer.body), row(response.body), { free: ['featuredUsers', 'featuredApplications'] })
    expect(answer.headers.get('total-number')).toMatch(/^\d+$/)
  }),
  setupCase('give the machine that role', '05-assign-management-role-to-m2m', async (world, path) => {
    const { id } = await world.make('/applications', { name: world.name('m2m'), type: 'MachineToMachine' })
    return world.replay(path, {
      path: `/applications/${id}/roles`,
      body: { roleIds: [world.managementRole.id] },
    })
  }),
  setupCase('the roles of a machine', '05b-get-m2m-roles', (world, path) =>
    world.replay(path, { path: `/applications/${world.machine.id}/roles` }),
  ),
  setupCase('an own role for the Management API', '15-create-own-m2m-management-role', (world, path) => {
    const recorded = recordedExchange(path).request.body
    const body = { ...(typeof recorded === 'object' ? recorded : {}), name: world.name('mgmt') }
    return creation(world, path, '/roles', { body })
  }),
  setupCase('applications by type', 'lookup-apps-by-type', async (world, path) => {
    const answer = await world.replay(path, {
      free: ['[].customClientMetadata', '[].oidcClientMetadata', '[].description'],
    })
    expect(answer.headers.get('total-number')).toBeNull()
  }),
  setupCase('applications by name', 'lookup-apps-search', async (world, path) => {
    const answer = await world.replay(path, {
      path: `/applications?search.name=${world.prefix}%25&mode.name=like`,
      free: ['[].customClientMetadata', '[].oidcClientMetadata', '[].description'],
    })
    const names = Array.isArray(answer.body) ? answer.body.map(({ name }) => String(name)) : []
    expect(names.every((name) => name.startsWith(world.prefix))).toBe(true)
  }),
  setupCase('a role by name', 'lookup-roles-search', (world, path) =>
    world.replay(path, {
      path: `/roles?search.name=${world.role.name}&mode.name=exact`,
      free: ['[].featuredUsers'],
    }),
  ),
]

const resources: ContractCase[] = [
  resource('create a resource', '06-create-resource', (world) => `http://127.0.0.1:4000/${world.name('r')}`),
  setupCase(
    'a resource that exists',
    '06b-create-resource-duplicate',
    (world, path) =>
      world.replay(path, {
        body: { name: 'dup', indicator: world.resource.indicator },
        substitute: { 'http://127.0.0.1:4000/interaction': world.resource.indicator },
      }),
    refusal,
  ),
  resource('an indicator that is no URI is accepted', '06c-create-resource-bad-indicator', (world) =>
    world.name('not-a-uri'),
  ),
  resource(
    'an indicator with a fragment is accepted',
    '06d-create-resource-fragment',
    (world) => `http://127.0.0.1:4000/#${world.name('frag')}`,
  ),
  resource(
    'a resource with a short token lifetime',
    '06e-create-resource-short-ttl',
    (world) => `http://127.0.0.1:4000/${world.name('ttl')}`,
  ),
  setupCase('all resources with their scopes', '06f-list-resources', async (world, path) => {
    const answer = await world.replay(path)
    expect(answer.headers.get('total-number')).toBeNull()
    expect(Array.isArray(answer.body) && answer.body.map(({ indicator }) => indicator)).toContain(
      MANAGEMENT_API,
    )
  }),
  setupCase('one resource: without its scopes', 'lookup-resource-get', (world, path) =>
    world.replay(path, { path: `/resources/${world.resource.id}?includeScopes=true` }),
  ),
]

const hooks: ContractCase[] = [
  setupCase(
    'a hook for an unknown event',
    '07-create-hook-bad-event',
    (world, path) => world.replay(path),
    refusal,
  ),
  setupCase(
    'a hook for no event',
    '07b-create-hook-empty-events',
    (world, path) => world.replay(path),
    refusal,
  ),
  setupCase(
    'a hook for events behind a feature flag',
    '07c-create-hook-with-devfeature-events',
    (world, path) => world.replay(path),
    refusal,
  ),
  setupCase('create a hook: the signing key is in the answer', '08-create-hook', (world, path) => {
    const recorded = recordedExchange(path).request.body
    const own = {
      name: world.name('hook'),
      config: { url: 'http://127.0.0.1:9/x', headers: { 'x-custom-header': 'y' } },
    }
    return creation(world, path, '/hooks', {
      body: { ...(typeof recorded === 'object' ? recorded : {}), ...own },
    })
  }),
  setupCase('read a hook: the signing key again', '08b-get-hook', async (world, path) => {
    const answer = await world.replay(path, { path: `/hooks/${world.hook.id}` })
    expect(answer.fields.signingKey).toBe(world.hook.signingKey)
  }),
  setupCase('all hooks', 'lookup-hooks-list', async (world, path) => {
    const answer = await world.replay(path, { free: ['[].config'] })
    expect(answer.headers.get('total-number')).toBeNull()
  }),
  setupCase('the statistics of a hook', 'hook-execution-stats', async (world, path) => {
    const answer = await world.management('GET', `/hooks/${world.hook.id}?includeExecutionStats=true`)
    expect(answer.status).toBe(200)
    expectSameShape(answer.body, recording(path))
  }),
  setupCase('regenerate a signing key', '13-hook-regenerate-signing-key', async (world, path) => {
    const hook = await newHook(world)
    const answer = await world.replay(path, { path: `/hooks/${hook.id}/signing-key` })
    expect(answer.fields.signingKey).toMatch(/^\w{32}$/)
    expect(answer.fields.signingKey).not.toBe(hook.signingKey)
  }),
  hookChange('disable a hook', '13b-hook-disable'),
  hookChange('a hook URL that is none is accepted', '13c-hook-patch-bad-url'),
  hookChange('a hook without a URL', '13c-hook-patch-url-missing', '', refusal),
  hookChange('more than three retries', '13c-hook-patch-retries-5', '', refusal),
  setupCase('a test delivery', '12-hook-test', async (world, path) => {
    const recorded = recordedExchange(path).request.body
    const body = {
      ...(typeof recorded === 'object' ? recorded : {}),
      config: { url: `${world.receiver.url}/test` },
    }
    return world.replay(path, { path: `/hooks/${world.hook.id}/test`, body })
  }),
  setupCase(
    'a test delivery that the listener refuses',
    '12b-hook-test-endpoint-500',
    async (world, path) => {
      world.receiver.answer('fake-session-id', 500)
      const body = { events: ['PostRegister'], config: { url: `${world.receiver.url}/test500` } }
      const answer = await world.management('POST', `/hooks/${world.hook.id}/test`, { body })
      world.receiver.answer('fake-session-id', 200)
      const { response } = recordedExchange(path)
      expect(answer.status).toBe(response.status)
      expectSameShape(answer.body, response.body)
      expect(answer.fields).toMatchObject({
        code: 'hook.endpoint_responded_with_error',
        data: { responseStatus: 500 },
      })
    },
  ),
]

const experience: ContractCase[] = [
  setupCase(
    'switch off the check for leaked passwords',
    '09-sign-in-exp-disable-pwned-check',
    (world, path) => world.replay(path, { free: ['signIn', 'signUp'] }),
  ),
  {
    ...setupCase(
      'email address and password for sign-up',
      '11-sign-in-exp-email-signup',
      async (world, path) => {
        const { signIn, signUp, forgotPasswordMethods } = (await world.made('GET', '/sign-in-exp')).fields
        // A real Logto wants an email connector for that; without one it refuses, and there is nothing to compare.
        if (!world.logto.embedded) return
        await world.replay(path)
        await world.made('PATCH', '/sign-in-exp', { signIn, signUp, forgotPasswordMethods })
      },
    ),
    measuredOn: ['development'],
  },
  {
    name: 'the sign-in experience',
    recording: 'mgmt/sign-in-exp-default.json',
    compares: 'status, content type, shape of the body',
    run: async (world) => {
      await world.replay('mgmt/sign-in-exp-default.json', { free: ['signIn', 'signUp'] })
    },
  },
]

export const setup: ContractGroup = {
  subject: 'Management API: setting up',
  cases: [...applications, ...resources, ...hooks, ...experience],
}
