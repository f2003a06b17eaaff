import { describe, expect, it } from 'vitest'
import { checkOptions } from '../../src/logto/check-options.js'
import { BOOLEAN, ENDPOINT, from, integer, required, STRING, secret } from '../../src/logto/option-rules.js'

const RULES = {
  endpoint: required(from('LOGTO_ENDPOINT', ENDPOINT)),
  signingKey: secret(STRING),
  port: integer(0, 65_535),
  isOpen: BOOLEAN,
}
const check = (options: unknown) => () => checkOptions('makeThing', options, RULES)

describe('the check of options', () => {
  it('accepts what the rules allow, and an optional one that is undefined', () => {
    expect(check({ endpoint: 'http://127.0.0.1:3001', port: 0, isOpen: undefined })).not.toThrow()
  })

  it('names every problem in one message', () => {
    expect(check({ endpoint: '', signinKey: 'x', port: '80' })).toThrow(
      new TypeError(
        'makeThing: signinKey is no option: did you mean signingKey?; ' +
          'endpoint is empty: set LOGTO_ENDPOINT; port must be an integer from 0 to 65535, got "80"',
      ),
    )
  })

  it('lists the names where none is near', () => {
    expect(check({ endpoint: 'http://a', colour: 1 })).toThrow(
      'colour is no option; there are endpoint, signingKey, port, isOpen',
    )
  })

  it('shows no secret, and nothing that could be one', () => {
    const key = 'Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6'
    expect(check({ endpoint: key, isOpen: key })).toThrow(/^((?!Zm9v).)*$/)
    expect(check({ endpoint: 'http://a', signingKey: [key] })).toThrow(/^((?!Zm9v).)*$/)
  })
})
