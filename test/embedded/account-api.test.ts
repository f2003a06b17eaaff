import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { type Answer, send, text } from '../contract/http.js'
import { ALICE, signIn, startLogto } from './logto.js'

let logto: EmbeddedLogto
let token: string

beforeAll(async () => {
  logto = await startLogto()
  token = text(await signIn(logto, ALICE, { resource: undefined }), 'access_token')
})
afterAll(() => logto.close())

const account = (method: string, body?: string, authorization = `Bearer ${token}`): Promise<Answer> =>
  send(`${logto.url}/api/my-account`, { method, headers: { authorization }, body: body ?? null })

describe('the account API', () => {
  it('shows a user without what was never asked for', async () => {
    const { status, fields } = await account('GET')
    expect(status).toBe(200)
    expect(fields).toMatchObject({ username: 'alice', hasSecurityVerificationMethod: true })
    expect(fields).not.toHaveProperty('primaryEmail')
  })

  it.each(['GET', 'PATCH'])('refuses %s without a token of an existing user', async (method) => {
    const body = method === 'PATCH' ? '{"name":"A"}' : undefined
    const refused = await account(method, body, 'Bearer nothing')
    expect([refused.status, refused.fields.code]).toEqual([401, 'auth.unauthorized'])
  })

  it('refuses a change until the account center allows it', async () => {
    const refused = await account('PATCH', '{"name":"Alice"}')
    expect([refused.status, refused.fields.code]).toEqual([400, 'account_center.field_not_editable'])
    Object.assign(logto.state.accountCenter, { enabled: true, fields: { name: 'Edit' } })
    expect((await account('PATCH', '{"name":"Alice"}')).fields.name).toBe('Alice')
  })

  it('refuses a body that does not fit, as the Management API does', async () => {
    const refused = await account('PATCH', '{"name":1}')
    expect([refused.status, refused.fields.code]).toEqual([400, 'guard.invalid_input'])
  })
})
