import { createApiClient } from '@logto/api/management'
import { setupServer } from 'msw/node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Client } from '../../src/server/index.js'
import { createTestLogto } from '../../src/testing/index.js'

const testLogto = await createTestLogto({
  applications: [
    { id: 'm2m', name: 'Backend', type: 'MachineToMachine', secret: 's3cret', managementApi: true },
  ],
  users: [{ username: 'alice', password: 'correct-horse' }],
})
const msw = setupServer(...testLogto.handlers)
beforeAll(() => msw.listen({ onUnhandledRequest: 'error' }))
afterAll(() => msw.close())

const logto = new Client({
  logtoEndpoint: testLogto.endpoint,
  appId: 'm2m',
  appSecret: 's3cret',
  resource: testLogto.resource,
})

it("gives Logto's own typed client its token in one line", async () => {
  const api = createApiClient({ baseUrl: logto.logtoEndpoint, getToken: () => logto.getManagementToken() })
  const { data: users, response } = await api.GET('/api/users')
  expect(response.status).toBe(200)
  expect(users?.map(({ username }) => username)).toEqual(['alice'])
})

it('reads the same users itself', async () => {
  for await (const user of logto.users()) {
    expect(user.username).toBe('alice')
    expect(await logto.getUser(user.id)).toEqual(user)
  }
  expect(await logto.getUser('doesnotexist')).toBeUndefined()
})

it("verifies the test Logto's tokens", async () => {
  const token = await testLogto.accessToken({ sub: 'abcdefghijkl', scope: 'interaction:write' })
  expect(await logto.verifyAccessToken(token)).toMatchObject({ sub: 'abcdefghijkl' })
  await expect(logto.verifyAccessToken(await testLogto.machineToken())).rejects.toMatchObject({
    code: 'machine_token_not_allowed',
  })
})
