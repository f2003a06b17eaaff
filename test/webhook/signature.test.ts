import { describe, expect, it } from 'vitest'
import { createWebhookHandler, signWebhook, verifyWebhook, WebhookError } from '../../src/webhook/index.js'
import { eventJson, SIGNING_KEY } from '../support/webhook-deliveries.js'
import { webhookRecording } from '../support/webhook-recordings.js'

const { body, signature, signingKey } = webhookRecording('0001-register-User.Created.json')

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof WebhookError) return error.code
    throw error
  }
  return 'accepted'
}

it('signs as Logto does', () => {
  expect(signWebhook(body, signingKey)).toBe(signature)
  expect(signWebhook(Buffer.from(body), signingKey)).toBe(signature)
})

describe('a key', () => {
  it('may be one of several while it is being rotated', () => {
    expect(verifyWebhook(body, signature, ['the-next-key', signingKey]).event).toBe('User.Created')
    expect(codeOf(() => verifyWebhook(body, signature, ['the-next-key', 'another']))).toBe(
      'signature_mismatch',
    )
  })

  it.each([
    ['empty', ''],
    ['no key at all', []],
    ['empty among others', [signingKey, '']],
    ['with the line break of a file', `${signingKey}\n`],
  ])('is refused when %s', (_, key) => {
    expect(codeOf(() => verifyWebhook(body, signature, key))).toBe('signing_key_invalid')
    expect(codeOf(() => createWebhookHandler({ signingKey: key }))).toBe('signing_key_invalid')
  })

  it('is refused when a program without types leaves it out', () => {
    const settings: { signingKey: string } = JSON.parse('{}')
    expect(codeOf(() => createWebhookHandler(settings))).toBe('signing_key_invalid')
    expect(codeOf(() => signWebhook(body, settings.signingKey))).toBe('signing_key_invalid')
  })

  it('never shows in an error', () => {
    for (const key of [`${signingKey} `, 'wrong-key']) {
      try {
        verifyWebhook(body, signature, key)
      } catch (error) {
        expect(String(error)).not.toContain(key.trim())
      }
    }
  })
})

describe('a signature', () => {
  const base64 = Buffer.from(signature, 'hex').toString('base64')
  it.each([
    ['missing', null, 'signature_missing'],
    ['undefined', undefined, 'signature_missing'],
    ['empty', '', 'signature_missing'],
    ['doubled, as two headers arrive', `${signature}, ${signature}`, 'signature_malformed'],
    ['truncated', signature.slice(0, -1), 'signature_malformed'],
    ['longer by one', `${signature}0`, 'signature_malformed'],
    ['upper-case', signature.toUpperCase(), 'signature_malformed'],
    ['not hex', signature.replace(/./, 'g'), 'signature_malformed'],
    ['base64', base64, 'signature_malformed'],
    ['prefixed as others do', `sha256=${signature}`, 'signature_malformed'],
    ['followed by a line break', `${signature}\n`, 'signature_malformed'],
    ['of another body', signWebhook(`${body} `, signingKey), 'signature_mismatch'],
    ['of another key', signWebhook(body, 'another-key'), 'signature_mismatch'],
    ['all zeros', '0'.repeat(64), 'signature_mismatch'],
  ])('is refused when %s', (_, header, code) => {
    expect(codeOf(() => verifyWebhook(body, header, signingKey))).toBe(code)
  })

  it('covers the bytes, not the JSON: other spacing is another body', () => {
    const spaced = JSON.stringify(JSON.parse(body), null, 1)
    expect(codeOf(() => verifyWebhook(spaced, signature, signingKey))).toBe('signature_mismatch')
  })

  it('covers every bit of the body', () => {
    const bytes = Buffer.from(body)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      if (codeOf(() => verifyWebhook(flipped, signature, signingKey)) !== 'signature_mismatch') {
        expect.fail(`bit ${bit} is not covered`)
      }
    }
  })
})

describe('a signed body', () => {
  it.each([
    ['empty', '', 'json_invalid'],
    ['not JSON', 'event=User.Created', 'json_invalid'],
    ['cut off', body.slice(0, -1), 'json_invalid'],
    ['an array', '[]', 'event_invalid'],
    ['null', 'null', 'event_invalid'],
    ['a string', '"User.Created"', 'event_invalid'],
    ['an object without anything', '{}', 'event_invalid'],
    ['without event', eventJson({ event: undefined }), 'event_invalid'],
    ['with an empty event', eventJson({ event: '' }), 'event_invalid'],
    ['with an event that is no string', eventJson({ event: ['User.Created'] }), 'event_invalid'],
    ['without hookId', eventJson({ hookId: undefined }), 'event_invalid'],
    ['without createdAt', eventJson({ createdAt: undefined }), 'event_invalid'],
    ['with the identity in __proto__', `{"__proto__":${eventJson()}}`, 'event_invalid'],
  ])('is refused when %s', (_, text, code) => {
    expect(codeOf(() => verifyWebhook(text, signWebhook(text, SIGNING_KEY), SIGNING_KEY))).toBe(code)
  })

  it('that was parsed already is refused with the way to get the raw one', () => {
    const parsed = JSON.parse(`{"body":{"event":"User.Created"}}`)
    expect(codeOf(() => verifyWebhook(parsed.body, signature, signingKey))).toBe('body_already_parsed')
    expect(() => verifyWebhook(parsed.body, signature, signingKey)).toThrow(
      /Express.*express\.raw.*Fastify.*Hono/s,
    )
  })

  it('is not quoted in the error of what could not be parsed', () => {
    const text = 'secret-of-a-user'
    expect(() => verifyWebhook(text, signWebhook(text, SIGNING_KEY), SIGNING_KEY)).not.toThrow(/secret/)
    expect.assertions(1)
  })
})

it('an error knows the status to answer with', () => {
  expect(new WebhookError('signature_mismatch', 'no')).toMatchObject({
    name: 'WebhookError',
    status: 401,
    statusCode: 401,
  })
})
