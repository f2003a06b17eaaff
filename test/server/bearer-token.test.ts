import { describe, expect, it } from 'vitest'
import { bearerTokenOf, type RequestHeaders } from '../../src/server/bearer-token.js'
import { AuthError } from '../../src/server/index.js'

const answerOf = (headers: RequestHeaders): string => {
  try {
    return bearerTokenOf(headers)
  } catch (error) {
    if (error instanceof AuthError) return error.code
    throw error
  }
}

/** What the verifier is handed, or the code of the refusal; whatever is no token is then refused by its spelling. */
const cases: [name: string, value: string | string[] | undefined, answer: string][] = [
  ['none', undefined, 'token_missing'],
  ['empty', '', 'token_missing'],
  ['scheme alone', 'Bearer', 'token_missing'],
  ['scheme and space', 'Bearer ', ''],
  ['Bearer', 'Bearer t', 't'],
  ['bearer', 'bearer t', 't'],
  ['BEARER', 'BEARER t', 't'],
  ['two spaces', 'Bearer  t', 't'],
  ['a tab', 'Bearer\tt', 'token_type_unsupported'],
  ['a space before', ' Bearer t', 'token_type_unsupported'],
  ['a space after', 'Bearer t ', 't '],
  ['no space', 'Bearert', 'token_type_unsupported'],
  ['Basic', 'Basic dTpw', 'token_type_unsupported'],
  ['DPoP', 'DPoP t', 'token_type_unsupported'],
  ['a token alone', 'eyJ.eyJ.x', 'token_type_unsupported'],
  ['comma-joined', 'Bearer t, Bearer u', 't, Bearer u'],
  ['two headers', ['Bearer t', 'Bearer u'], 't, Bearer u'],
  ['one header in a list', ['Bearer t'], 't'],
]

describe('bearerTokenOf', () => {
  it.each(cases)('Authorization: %s', (_, value, answer) => {
    expect(answerOf({ authorization: value })).toBe(answer)
    expect(answerOf({ Authorization: value })).toBe(answer)
  })

  // Fetch refuses or trims some of these itself.
  it.each(cases.filter(([name]) => !/space (before|after)|and space/.test(name)))(
    'Headers: %s',
    (_, value, answer) => {
      const headers = new Headers()
      for (const one of [value ?? []].flat()) headers.append('authorization', one)
      expect(answerOf(headers)).toBe(answer)
    },
  )
})
