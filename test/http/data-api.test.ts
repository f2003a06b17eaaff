import { describe, expect, it } from 'vitest'
import { createApp, createDataAPI, type DataAPIs } from '../../src/http/index.js'

const controller = {
  findEventSourceByName: () => undefined,
  dispatch: async () => ({}),
  system: { storage: { findOne: async () => ({ id: 1, name: 'Alice' }) } },
}

async function call(apis: DataAPIs, name: string, body: unknown) {
  const app = createApp(controller, { parseUserId: () => 'alice0000000', apis })
  const response = await app.request(`/api/${name}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.json() }
}

class Range {
  constructor(
    readonly from: number,
    readonly to: number,
  ) {}
  static fromValue([from, to]: [number, number]) {
    if (from > to) throw new Error('secret')
    return new Range(from, to)
  }
  get length() {
    return this.to - this.from
  }
}

describe('createDataAPI', () => {
  it('gives the controller as this and the context first', async () => {
    const apis = {
      who: createDataAPI(async function ({ user, logtoId, scopes }) {
        return [await this.system.storage.findOne('User'), user.name, logtoId, scopes]
      }),
    }
    expect((await call(apis, 'who', [])).body).toEqual([
      { id: 1, name: 'Alice' },
      'Alice',
      'alice0000000',
      [],
    ])
  })

  it('makes instances of classes with fromValue, by position', async () => {
    const apis = { length: createDataAPI((_context, range: Range) => range.length, { params: [Range] }) }
    expect(await call(apis, 'length', [[2, 5]])).toEqual({ status: 200, body: 3 })
  })

  it('makes instances of classes with fromValue, by name', async () => {
    const apis = {
      length: createDataAPI(
        (_context, { range, unit }: { range: Range; unit: string }) => `${range.length} ${unit}`,
        {
          params: { range: Range, unit: 'string' },
          useNamedParams: true,
        },
      ),
    }
    expect((await call(apis, 'length', { range: [2, 5], unit: 'days' })).body).toBe('3 days')
  })

  it('tells no detail of a fromValue that throws', async () => {
    const apis = { length: createDataAPI((_context, range: Range) => range.length, { params: [Range] }) }
    expect(await call(apis, 'length', [[5, 2]])).toEqual({
      status: 400,
      body: { error: { code: 'params_invalid', message: 'Parameter 1 is not valid.' } },
    })
  })

  it('lets null and missing parameters pass, as Interaqt 0.8 did', async () => {
    const apis = {
      show: createDataAPI((_context, a: unknown, b: unknown) => [a === null, b === undefined], {
        params: ['string', Range],
      }),
    }
    expect((await call(apis, 'show', [null])).body).toEqual([true, true])
  })

  it.each([
    ['a wrong type', [1], 'Parameter 1 must be a string, got number.'],
    ['more than are declared', ['a', 'b'], 'At most 1 parameters are expected, got 2.'],
    ['an object', { a: 1 }, 'The body must be an array of parameters.'],
  ])('refuses %s by position', async (_, body, message) => {
    const apis = {
      // A caller must not reach a parameter that the author has given a default and not declared.
      name: createDataAPI((_context, _name: string, isAdmin = false) => isAdmin, { params: ['string'] }),
    }
    expect(await call(apis, 'name', body)).toEqual({
      status: 400,
      body: { error: { code: 'params_invalid', message } },
    })
  })

  it.each([
    ['a wrong type', { name: 1 }, 'Parameter "name" must be a string, got number.'],
    ['what is not declared', { role: 'admin' }, 'Parameter "role" is not expected.'],
    ['an inherited name', { constructor: 1 }, 'Parameter "constructor" is not expected.'],
    ['an array', [1], 'The body must be an object of parameters by name.'],
  ])('refuses %s by name', async (_, body, message) => {
    const apis = {
      name: createDataAPI((_context, named) => named, { params: { name: 'string' }, useNamedParams: true }),
    }
    expect(await call(apis, 'name', body)).toEqual({
      status: 400,
      body: { error: { code: 'params_invalid', message } },
    })
  })

  it('passes everything on when nothing is declared, as Interaqt 0.8 did', async () => {
    const apis = {
      positional: createDataAPI((_context, ...rest) => rest),
      named: createDataAPI((_context, named) => named, { useNamedParams: true }),
      plain: (_context: { user: { name?: unknown } }) => 'plain',
    }
    expect((await call(apis, 'positional', [1, 'a'])).body).toEqual([1, 'a'])
    expect((await call(apis, 'positional', {})).body).toEqual([])
    expect((await call(apis, 'named', { a: 1 })).body).toEqual({ a: 1 })
    expect((await call(apis, 'named', undefined)).body).toEqual({})
    expect((await call(apis, 'plain', undefined)).body).toBe('plain')
  })

  it('refuses a function with more parameters than are declared', () => {
    expect(() => createDataAPI((_context, _a, _b) => 1, { params: ['string'] })).toThrow(
      /takes 2 .* but 1 are declared/,
    )
    expect(() => createDataAPI((_context, _a) => 1)).toThrow(TypeError)
    expect(() => createDataAPI((_context) => 1, { params: ['string'], useNamedParams: true })).toThrow(
      /must be an object/,
    )
    expect(() => createDataAPI((_context) => 1, { params: { a: 'string' } })).toThrow(/must be an array/)
  })

  it('leaves the function itself unchanged, so that it serves twice', () => {
    const handle = () => 1
    const open = createDataAPI(handle, { allowAnonymous: true })
    const closed = createDataAPI(handle)
    expect([open.allowAnonymous, closed.allowAnonymous, Object.keys(handle)]).toEqual([true, false, []])
  })
})
