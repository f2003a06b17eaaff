import { afterEach, expect, it, vi } from 'vitest'
import { createTestLogto } from '../../src/testing/index.js'

afterEach(() => void vi.unstubAllEnvs())

it.each([undefined, '', 'development', 'test'])(
  'createTestLogto starts with NODE_ENV %j',
  async (environment) => {
    vi.stubEnv('NODE_ENV', environment)
    expect((await createTestLogto()).endpoint).toBe('http://logto.test')
  },
)

it.each(['production', 'Production', 'PRODUCTION', 'prod', 'staging', ' ', 'development '])(
  'createTestLogto refuses NODE_ENV %j, unless it is told not to',
  async (environment) => {
    vi.stubEnv('NODE_ENV', environment)
    await expect(createTestLogto()).rejects.toMatchObject({
      code: 'testing_in_production',
      message: expect.stringContaining(`NODE_ENV=${JSON.stringify(environment)}`),
    })
    expect((await createTestLogto({ allowProduction: true })).endpoint).toBe('http://logto.test')
  },
)
