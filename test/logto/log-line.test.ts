import { describe, expect, it } from 'vitest'
import { HttpError } from '../../src/http/index.js'
import { callSafely } from '../../src/logto/call-safely.js'
import { failureEntry, lineOf, oneLine, pathOf, reasonOf } from '../../src/logto/log-line.js'
import { AuthError } from '../../src/server/index.js'
import { WebhookError } from '../../src/webhook/index.js'

const JWT = 'eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl'
const OPAQUE = 'q3Ag9nV5Jx0HcT2mYw8ZrKfLbP7uSdEoNiXy1R4tGvB'

describe('a line of the log', () => {
  it.each([
    ['a line break', 'a\r\ninteraqt-logto: forged', 'a interaqt-logto: forged'],
    ['escape codes of a terminal', 'a\u001b[31mb\u0007', 'a [31mb'],
    ['line separators of Unicode', 'a\u2028b\u2029c\u0085d', 'a b c d'],
    ['marks that turn the direction of text', 'a\u202eb\u200fc', 'a b c'],
    [
      'a JWT',
      `the token ${JWT}, and its start ${JWT.slice(0, 20)}.`,
      'the token [token], and its start [token].',
    ],
    ['an opaque token', `Authorization: Bearer ${OPAQUE}`, 'Authorization: Bearer [secret]'],
  ])('has no %s', (_, text, expected) => {
    expect(oneLine(text)).toBe(expected)
  })

  it('leaves words about tokens alone', () => {
    const text = 'Expected the scheme Bearer, got Basic: send Authorization: Bearer <access token>'
    expect(oneLine(text)).toBe(text)
  })

  it('ends', () => {
    expect(oneLine('x'.repeat(1_000_000))).toHaveLength(2_001)
  })

  it('shows of a URL the path alone', () => {
    expect(pathOf('http://a/auth/callback?code=secret#x')).toBe('/auth/callback')
    expect(pathOf('/api/syncUser?key=secret')).toBe('/api/syncUser')
    expect(pathOf(`http://a/${JWT}`)).toBe('/[token]')
    expect(pathOf(`http://a/${'x'.repeat(5_000)}`).length).toBeLessThan(250)
  })

  it('says code, reason and what to do', () => {
    const error = new AuthError('key_unknown', 'The issuer has no key "x"')
    expect(lineOf('401 at POST /x', error)).toBe(
      'interaqt-logto: 401 at POST /x: key_unknown: The issuer has no key "x". What to do: refresh the token; if it ' +
        'stays, check logtoEndpoint and issuer',
    )
  })

  it('says once what to do where the error knows it better than its code', () => {
    const options = { remedy: 'ask for "a" (see `resource`)', cause: new Error('inner') }
    const error = new AuthError('audience_mismatch', 'Expected "a", got "b"', options)
    expect(error).toMatchObject({
      message: 'Expected "a", got "b": ask for "a" (see `resource`)',
      remedy: options.remedy,
    })
    expect(lineOf('401 at POST /x', error)).toBe(
      'interaqt-logto: 401 at POST /x: audience_mismatch: Expected "a", got "b"; because: inner. What to do: ask for "a" ' +
        '(see `resource`)',
    )
  })

  it('says at a rejection of Interaqt which condition it was, and its message once', () => {
    const guard = (rendered: string) =>
      Object.assign(new Error('Condition check failed: isOpen'), {
        conditionName: 'isOpen',
        error: { error: rendered },
      })
    const refusal = (cause: Error) => lineOf('403', new HttpError(403, 'closed', 'It is closed.', { cause }))
    const start = 'interaqt-logto: 403: closed: It is closed; because: '
    expect(refusal(guard("Condition 'isOpen' rejected [closed]: It is closed."))).toBe(
      `${start}Condition 'isOpen' rejected [closed]`,
    )
    expect(refusal(guard("Condition 'isOpen' rejected [CONDITION_X]: come later"))).toBe(
      `${start}Condition 'isOpen' rejected [CONDITION_X]: come later`,
    )
    expect(refusal(guard('atom evaluate error'))).toBe(`${start}The condition "isOpen" does not hold`)
  })
})

describe('the reason', () => {
  it('joins the causes, each once', () => {
    const error = new Error('outer', { cause: new TypeError('inner', { cause: new Error('inner') }) })
    expect(reasonOf(error)).toBe('outer; because: TypeError: inner')
  })

  it('follows the ways in which Interaqt and AggregateError hold their causes', () => {
    const interaqt = Object.assign(new Error('guard'), { details: { cause: new RangeError('thrown') } })
    const storage = Object.assign(new Error('dispatch'), { causedBy: interaqt })
    expect(reasonOf(new AggregateError([storage, 'text'], '2 failed'))).toBe(
      '2 failed; because: dispatch; because: guard; because: RangeError: thrown; because: text',
    )
  })

  it('ends where causes run in a circle or are many', () => {
    const circle = new Error('a')
    circle.cause = circle
    expect(reasonOf(circle)).toBe('a')
    const many = new AggregateError(Array.from({ length: 500 }, (_, index) => new Error(`e${index}`)))
    expect(reasonOf(many).split('; because: ')).toHaveLength(8)
    expect(reasonOf(undefined)).toBe('no reason was given')
  })
})

describe('the entry of a failure', () => {
  it('has the stack of the outermost error once, and no other', () => {
    const inner = new Error('inner')
    const entry = failureEntry('500 at POST /x', new TypeError('outer\nsecond line', { cause: inner }))
    const [line, ...frames] = entry.split('\n')
    expect(line).toBe('interaqt-logto: 500 at POST /x: TypeError: outer second line; because: inner')
    expect(frames.length).toBeGreaterThan(0)
    expect(frames.length).toBeLessThanOrEqual(20)
    expect(frames.every((frame) => frame.startsWith('    at '))).toBe(true)
  })

  it('is one line for what this package expects', () => {
    expect(failureEntry('x', new AuthError('keys_unavailable', 'no answer'))).not.toContain('\n')
    const gathered = new AggregateError([new AuthError('keys_unavailable', 'no answer')], '1 failed')
    expect(failureEntry('x', gathered)).not.toContain('\n')
    expect(failureEntry('x', new WebhookError('body_already_parsed', 'too late'))).toContain('\n    at ')
  })
})

describe('a callback of the application', () => {
  const lines: string[] = []
  const logger = { info() {}, warn() {}, error: (line: string) => void lines.push(line) }

  it('may throw or reject', async () => {
    callSafely('onError', logger, () => {
      throw new Error('now')
    })
    callSafely('onError', logger, () => Promise.reject(new Error('later')))
    await Promise.resolve()
    expect(lines.map((line) => line.split('\n')[0])).toEqual([
      'interaqt-logto: onError threw: now',
      'interaqt-logto: onError threw: later',
    ])
  })

  it('may fail together with the logger', () => {
    const broken = {
      ...logger,
      error() {
        throw new Error('disk full')
      },
    }
    expect(() =>
      callSafely('onError', broken, () => {
        throw new Error('now')
      }),
    ).not.toThrow()
  })
})
