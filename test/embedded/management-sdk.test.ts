import { createManagementApi } from '@logto/api/management'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { startLogto } from './logto.js'

let logto: EmbeddedLogto

beforeAll(async () => {
  logto = await startLogto()
})
afterAll(() => logto.close())

const connect = (clientSecret = 'machine-secret') =>
  createManagementApi('default', { clientId: 'machine', clientSecret, baseUrl: logto.url }).apiClient

describe('@logto/api, unmodified', () => {
  it('creates, reads, lists, changes, suspends and deletes a user', async () => {
    const api = connect()
    const created = await api.POST('/api/users', {
      body: { username: 'sdk_user', primaryEmail: 'sdk@example.com' },
    })
    const userId = created.data?.id ?? ''
    const path = { params: { path: { userId } } }
    expect((await api.GET('/api/users/{userId}', path)).data?.username).toBe('sdk_user')
    const listed = await api.GET('/api/users', { params: { query: { page: 1, page_size: 100 } } })
    expect(listed.data?.map(({ id }) => id)).toContain(userId)
    expect(listed.response.headers.get('total-number')).toBe('2')
    await api.PATCH('/api/users/{userId}', { ...path, body: { name: 'SDK' } })
    await api.PATCH('/api/users/{userId}/custom-data', { ...path, body: { customData: { tier: 'gold' } } })
    await api.PATCH('/api/users/{userId}/is-suspended', { ...path, body: { isSuspended: true } })
    expect((await api.GET('/api/users/{userId}', path)).data).toMatchObject({
      name: 'SDK',
      customData: { tier: 'gold' },
      isSuspended: true,
    })
    expect((await api.DELETE('/api/users/{userId}', path)).response.status).toBe(204)
    expect((await api.GET('/api/users/{userId}', path)).response.status).toBe(404)
  })

  it('sets up an application, its role and a hook', async () => {
    const api = connect()
    const application = await api.POST('/api/applications', {
      body: { name: 'made', type: 'MachineToMachine' },
    })
    const id = application.data?.id ?? ''
    const secrets = await api.GET('/api/applications/{id}/secrets', { params: { path: { id } } })
    expect(secrets.data?.[0]?.value).toMatch(/^\w{32}$/)
    const hook = await api.POST('/api/hooks', {
      body: { name: 'sync', events: ['User.Created'], config: { url: 'http://127.0.0.1:9/x' } },
    })
    expect(hook.data?.signingKey).toMatch(/^\w{32}$/)
  })

  it('is refused with a wrong secret', async () => {
    await expect(connect('wrong').GET('/api/users')).rejects.toThrow()
  })
})
