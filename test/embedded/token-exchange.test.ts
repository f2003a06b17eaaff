import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import type { LogtoVersion } from '../../src/testing/index.js'

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const RESOURCE = 'http://127.0.0.1:4000/interaction'
const USER = 'alice0000000'

let logto: EmbeddedLogto
const lines: string[] = []
afterEach(() => logto.close())

async function start(version?: LogtoVersion): Promise<void> {
  lines.length = 0
  logto = await startEmbeddedLogto({
    port: 0,
    version,
    log: (line) => void lines.push(line),
    resources: [{ indicator: RESOURCE }],
    users: [{ id: USER, username: 'alice', password: 'correct-horse' }],
  })
  const customClientMetadata = { allowTokenExchange: true }
  const oidcClientMetadata = { redirectUris: ['http://127.0.0.1:5173/callback'] }
  const desk = { id: 'desk', name: 'desk', type: 'SPA' as const }
  logto.state.applications.add({ ...desk, oidcClientMetadata, customClientMetadata })
}

async function exchange(form: Record<string, string>) {
  const fixed = { client_id: 'desk', grant_type: TOKEN_EXCHANGE, subject_token_type: ACCESS_TOKEN }
  const body = new URLSearchParams({ ...fixed, ...form })
  const response = await fetch(`${logto.issuer}/token`, { method: 'POST', body })
  return { status: response.status, body: await response.json() }
}

const recordedResponse = (name: string) => {
  const url = new URL(`../fixtures/recordings/released/${name}.json`, import.meta.url)
  const { response } = JSON.parse(readFileSync(url, 'utf8'))
  return { status: response.status, body: response.body }
}

describe('token exchange of the embedded Logto', () => {
  it('refuses a subject token after 600 s, in the recorded words', async () => {
    await start()
    const token = logto.state.exchangeable.addSubjectToken(USER)
    logto.faults.skewClock(599_000)
    const another = logto.state.exchangeable.addSubjectToken(USER)
    logto.faults.skewClock(601_000)
    expect((await exchange({ subject_token: another, resource: RESOURCE })).status).toBe(200)
    expect(await exchange({ subject_token: token, resource: RESOURCE })).toEqual(
      recordedResponse('exchange-expired'),
    )
  })

  it('takes a subject token in its 600th second', async () => {
    await start()
    const token = logto.state.exchangeable.addSubjectToken(USER)
    logto.faults.skewClock(590_000)
    expect((await exchange({ subject_token: token, resource: RESOURCE })).status).toBe(200)
  })

  it.each<[LogtoVersion, number]>([
    ['1.42.0', 200],
    ['development', 400],
  ])('%s answers an exchange of a suspended user with %i', async (version, status) => {
    await start(version)
    const user = logto.state.users.get(USER)
    if (!user) throw new Error('the seed has this user')
    const form = () => ({
      subject_token: logto.state.exchangeable.addSubjectToken(USER),
      resource: RESOURCE,
    })
    expect((await exchange(form())).status).toBe(200)
    logto.state.users.update(user, { isSuspended: true })
    expect((await exchange(form())).status).toBe(status)
  })

  it('tells its operator why, and never the token', async () => {
    await start()
    expect((await exchange({ subject_token: 'sub_unknown', resource: RESOURCE })).status).toBe(400)
    expect(lines.join('\n')).toContain('the subject token is of no user, used up or expired')
    expect(lines.join('\n')).not.toContain('sub_unknown')
  })

  it('refuses an exchange for an organization, which it does not emulate', async () => {
    await start()
    const subject = logto.state.exchangeable.addSubjectToken(USER)
    const organization = { resource: RESOURCE, organization_id: 'acme00000000' }
    const { status, body } = await exchange({ subject_token: subject, ...organization })
    expect([status, body.error]).toEqual([400, 'invalid_request'])
  })

  it('does not take an actor token without openid', async () => {
    await start()
    const subject = () => logto.state.exchangeable.addSubjectToken(USER)
    const answers = []
    for (const scope of ['profile', 'openid']) {
      const { body } = await exchange({ subject_token: subject(), scope })
      const actor = { actor_token: body.access_token, actor_token_type: ACCESS_TOKEN }
      answers.push((await exchange({ subject_token: subject(), resource: RESOURCE, ...actor })).status)
    }
    expect(answers).toEqual([400, 200])
  })
})
