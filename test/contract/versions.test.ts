import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { startEmbeddedLogto } from '../../src/embedded/index.js'
import { LOGTO_VERSIONS } from '../../src/testing/records/logto-version.js'
import { measuredOn } from './measured-on.js'
import { expectSameShape } from './shape.js'
import { asVersion, BEHAVIOUR_DIFFERENCES, FIELD_DIFFERENCES, NEWER_SCOPE, versionOf } from './versions.js'

const RELEASED = { id: 'x', applicationId: null, isSuspended: false, hasPassword: true }
const NEWER = { ...RELEASED, cimdClientId: null }

describe('a recording of one version, read as another', () => {
  it.each([
    ['alone', RELEASED, NEWER],
    ['in a list', [RELEASED], [NEWER]],
    ['in a webhook', { event: 'User.Created', data: RELEASED }, { event: 'User.Created', data: NEWER }],
  ])('puts in or takes out the field of a user %s', (_where, released, newer) => {
    for (const recorded of [released, newer]) {
      expect(asVersion('1.42.0', recorded)).toEqual(released)
      expect(asVersion('development', recorded)).toEqual(newer)
    }
  })

  it('puts in or takes out the scope of discovery', () => {
    const released = { issuer: 'i', scopes_supported: ['openid', 'roles'] }
    const newer = { issuer: 'i', scopes_supported: ['openid', 'roles', NEWER_SCOPE] }
    for (const recorded of [released, newer]) {
      expect(asVersion('1.42.0', recorded)).toEqual(released)
      expect(asVersion('development', recorded)).toEqual(newer)
    }
  })

  it('leaves all else as it is, so that any other difference fails', () => {
    const others = { status: 200, body: null, rows: [{ id: 'x', name: 'an application', customData: {} }] }
    expect(asVersion('development', others)).toEqual(others)
    const oneMore = { ...RELEASED, mfaVerifications: [] }
    for (const version of LOGTO_VERSIONS) {
      expect(() => expectSameShape(asVersion(version, oneMore), asVersion(version, RELEASED))).toThrow()
    }
  })

  it('fails where the release answers with the field of the development version, or the other way round', () => {
    expect(() => expectSameShape(NEWER, asVersion('1.42.0', NEWER))).toThrow()
    expect(() => expectSameShape(RELEASED, asVersion('development', RELEASED))).toThrow()
  })
})

it.each(LOGTO_VERSIONS)('recognises an embedded Logto of version %s by its scopes', async (version) => {
  const logto = await startEmbeddedLogto({ port: 0, log: () => {}, version })
  try {
    expect(await versionOf(logto.url)).toBe(version)
  } finally {
    await logto.close()
  }
})

it('names the recordings that the differences are drawn from', () => {
  const sources = [...FIELD_DIFFERENCES, ...BEHAVIOUR_DIFFERENCES].flatMap(({ source }) => source.split(', '))
  const missing = sources.filter(
    (path) => !existsSync(new URL(`../fixtures/recordings/${path}`, import.meta.url)),
  )
  expect(missing).toEqual([])
})

it('says of each case what it was measured on', () => {
  const named = { name: 'x', compares: 'status', run: () => {} }
  const old = 'mgmt/user-get.json'
  const both = 'released/user-object-get.json'
  const released = 'released/sessions-list.json'
  expect(measuredOn({ ...named, recording: old })).toEqual(['1.42.0', 'development'])
  expect(measuredOn({ ...named, recording: both })).toEqual(['1.42.0', 'development'])
  expect(measuredOn({ ...named, recording: released })).toEqual(['1.42.0'])
  expect(measuredOn({ ...named, recording: `${released}, ${old}` })).toEqual(['1.42.0', 'development'])
  expect(measuredOn({ ...named, recording: old, only: 'development' })).toEqual(['development'])
  expect(measuredOn({ ...named, recording: 'docs/facts.md', measuredOn: 'sources' })).toBe('sources')
})
