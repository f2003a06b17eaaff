import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { Person, pkceOf } from '../contract/person.js'
import { recordedWebhook, recording } from '../contract/recordings.js'
import { expectSameShape } from '../contract/shape.js'
import { startWebhookReceiver, type WebhookReceiver } from '../contract/webhook-receiver.js'
import { request, startLogto } from './logto.js'

let receiver: WebhookReceiver
let logto: EmbeddedLogto

beforeAll(async () => {
  receiver = await startWebhookReceiver()
  // The version that was recorded with an email connector.
  logto = await startLogto({ version: 'development', hooks: [{ url: receiver.url }] })
})
afterAll(() => Promise.all([logto.close(), receiver.close()]))

type Step = [request: string, body: unknown, status: number, answer: unknown]

/** Takes the recorded steps of the experience API and compares each answer. */
async function walk(person: Person, path: string, email: string): Promise<void> {
  await person.begin(request(pkceOf('v'.repeat(43))))
  const { trace } = recording<{ trace: Step[] }>(path)
  let verificationId = ''
  for (const [line, recorded, status, expected] of trace.filter(([step]) =>
    step.includes('/api/experience'),
  )) {
    const [method = '', url = ''] = line.split(' ')
    const texts = JSON.stringify(recorded ?? {})
      .replaceAll('carol@example.com', email)
      .replace(/"verificationId":"\w+"/, `"verificationId":"${verificationId}"`)
      .replace(/"code":"\d+"/, `"code":"${logto.state.messages.lastCode(email)}"`)
    const answer = await person.step(method, url.replace('/api/experience', ''), JSON.parse(texts))
    expect([line, answer.status]).toEqual([line, status])
    expectSameShape(answer.body, expected)
    if (status >= 400) expect(answer.body).toEqual(expected)
    if (typeof answer.fields.verificationId === 'string') verificationId = answer.fields.verificationId
  }
}

async function expectWebhook(path: string, email: string): Promise<void> {
  const { event } = recordedWebhook(path)
  const delivery = await receiver.wait(
    (candidate) => candidate.event.event === event.event && candidate.body.includes(email),
    String(event.event),
  )
  expectSameShape(delivery.event, event, {
    free: ['data.applicationId', 'user.applicationId', 'application.description'],
  })
  expect(delivery.event.interactionEvent).toBe(event.interactionEvent)
}

describe('sign-up and password reset with a code, as recorded', () => {
  it('signs up', async () => {
    const email = 'carol@example.com'
    const person = new Person(logto.url)
    await walk(person, 'tokens/register-email-trace.json', email)
    await expectWebhook('webhooks/0173-register-email-User.Created.json', email)
    await expectWebhook('webhooks/0174-register-email-PostRegister.json', email)
  })

  it('resets a password', async () => {
    const primaryEmail = 'forgetful@example.com'
    const user = logto.state.users.create({ primaryEmail, password: 'forgotten-one' })
    logto.state.users.update(user, { lastSignInAt: Date.now() })
    await walk(new Person(logto.url), 'tokens/reset-password-trace.json', primaryEmail)
    await expectWebhook('webhooks/0175-reset-password-User.Data.Updated.json', primaryEmail)
    await expectWebhook('webhooks/0176-reset-password-PostResetPassword.json', primaryEmail)
    expect(await logto.state.users.authenticate(primaryEmail, 'forgotten-one')).toBeUndefined()
    expect(await logto.state.users.authenticate(primaryEmail, 'N3werPassw0rd!!x7')).toBe(user)
  })

  it('refuses a wrong code', async () => {
    const person = new Person(logto.url)
    await person.begin(request(pkceOf('v'.repeat(43))))
    const identifier = { type: 'email', value: 'x@example.com' }
    const sent = await person.step('POST', '/verification/verification-code', { identifier })
    const answer = await person.step('POST', '/verification/verification-code/verify', {
      identifier,
      ...sent.fields,
      code: 'wrong',
    })
    expect(answer.status).toBe(400)
  })

  it('sends ten codes to one address, and reports the eleventh', async () => {
    const person = new Person(logto.url)
    await person.begin(request(pkceOf('v'.repeat(43))))
    const identifier = { type: 'email', value: 'bob2@example.com' }
    const send = () => person.step('POST', '/verification/verification-code', { identifier })
    for (let times = 0; times < 10; times++) expect((await send()).status).toBe(200)
    const [recorded] = recording<{ status: number; body: unknown }[]>(
      'errors/verification-code-message-rate-limited.json',
    )
    const refused = await send()
    expect({ status: refused.status, body: refused.body }).toEqual({
      status: recorded?.status,
      body: recorded?.body,
    })
    await expectWebhook('webhooks/0181-msg-rate-Message.RateLimited.json', 'bob2@example.com')
  })
})
