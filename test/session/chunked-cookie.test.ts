import { describe, expect, it } from 'vitest'
import { ChunkedCookie } from '../../src/session/chunked-cookie.js'
import type { PublicAddress } from '../../src/session/public-address.js'

const LOCAL: PublicAddress = {
  url: 'http://localhost:4000',
  origin: 'http://localhost:4000',
  isSecure: false,
}
const HOSTED: PublicAddress = { url: 'https://a.example', origin: 'https://a.example', isSecure: true }
const cookie = new ChunkedCookie('s')
const sent = (lines: string[]) => lines.map((line) => line.split(';')[0]).join('; ')

describe('a cookie that may be split', () => {
  it.each([
    [1, 1],
    [3_800, 1],
    [3_801, 2],
    [11_400, 3],
  ])('of %i characters comes in %i, none over 4,096 bytes, and is read again', (length, pieces) => {
    const value = 'x'.repeat(length)
    const lines = cookie.write(value, 60, undefined, HOSTED)
    expect(lines).toHaveLength(pieces)
    for (const line of lines) expect(line.length).toBeLessThan(4_096)
    expect(cookie.read(sent(lines), HOSTED)).toBe(value)
    expect(cookie.read(`other=1; ${sent(lines)}; s2=3`, HOSTED)).toBe(value)
  })

  it('that does not fit says what to do, to the operator', () => {
    expect(() => cookie.write('x'.repeat(11_401), 60, undefined, LOCAL)).toThrow(
      expect.objectContaining({ code: 'session_too_large', detail: expect.stringContaining('store') }),
    )
  })

  it('has the attributes that keep it where it belongs', () => {
    const attributes = 'Max-Age=60; Path=/; HttpOnly'
    expect(cookie.write('v', 60, undefined, HOSTED)).toEqual([
      `__Host-s=v; ${attributes}; Secure; SameSite=Lax`,
    ])
    expect(cookie.write('v', 60, undefined, LOCAL)).toEqual([`s=v; ${attributes}; SameSite=Lax`])
  })

  it('on https is not the one without the prefix, which any host of the domain could set', () => {
    expect(cookie.read('s=planted', HOSTED)).toBeUndefined()
  })

  it('takes the pieces away that a new value does not need', () => {
    const before = 's=1; s.0=a; s.1=b; s.2=c; s.x=kept; s-other=kept'
    const names = (lines: string[]) => lines.map((line) => line.split('=')[0])
    const removed = cookie.write('v', 60, before, LOCAL).filter((line) => line.includes('Max-Age=0'))
    expect(names(removed)).toEqual(['s.0', 's.1', 's.2'])
    expect(names(cookie.clear(before, LOCAL))).toEqual(['s', 's.0', 's.1', 's.2'])
  })
})
