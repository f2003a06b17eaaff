import { parse } from 'hono/utils/cookie'
import { expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { assertHonoVersion } from '../../src/logto/hono-version.js'

/** As Hono read names until 4.12.11: `String.prototype.trim` takes non-breaking spaces too. */
const trimming = (header: string) => {
  const [name = '', value = ''] = header.split('=')
  return { [name.trim()]: value }
}

it('lets the Hono that is installed pass', () => {
  expect(() => assertHonoVersion(parse, 'the entry')).not.toThrow()
})

it('refuses one that trims names, and says which to install: the first of the peer range', () => {
  expect(() => assertHonoVersion(trimming, 'the entry')).toThrow(
    expect.objectContaining({
      code: 'peer_unsupported',
      message:
        'the entry needs hono 4.12.15 or later, found an older one, which takes cookies of other hosts for the ' +
        `session's: npm install hono@${manifest.peerDependencies.hono}`,
    }),
  )
})
