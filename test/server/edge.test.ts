import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EdgeVM } from '@edge-runtime/vm'
import { build } from 'tsup'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSigningKey, Issuer, RESOURCE, signToken, userClaims } from '../support/issuer.js'

let issuer: Issuer
let outDir: string
let code: string
beforeAll(async () => {
  issuer = await Issuer.start()
  outDir = await mkdtemp(join(tmpdir(), 'interaqt-logto-edge-'))
  await build({
    config: false,
    entry: { server: 'src/server/index.ts' },
    outDir,
    format: 'iife',
    globalName: 'server',
    platform: 'neutral',
    target: 'es2022',
    noExternal: ['jose'],
    silent: true,
  })
  code = await readFile(join(outDir, 'server.global.js'), 'utf8')
})
afterAll(async () => {
  await issuer.close()
  await rm(outDir, { recursive: true, force: true })
})

describe('in an edge runtime, without any node built-in', () => {
  it('bundles with jose alone: neither node: nor any other package is imported', () => {
    expect(code).not.toMatch(/\b(__)?require\(|["']node:/)
  })

  it.each(['ES384', 'RS256'])('verifies and refuses tokens: %s', async (alg) => {
    const key = await createSigningKey(alg)
    issuer.publish(key)
    const good = await signToken(key, userClaims(issuer.issuer))
    const expired = await signToken(key, userClaims(issuer.issuer, { exp: 1 }))
    const vm = new EdgeVM({ extend: (context) => Object.assign(context, { process: undefined }) })
    vm.evaluate(code)
    const answers: unknown = await vm.evaluate(`(async () => {
      const client = new server.Client({
        logtoEndpoint: ${JSON.stringify(issuer.endpoint)},
        resource: ${JSON.stringify(RESOURCE)},
      })
      const answerOf = (token) =>
        client.verifyJWTForAPI(new Headers({ authorization: 'Bearer ' + token })).then(
          (claims) => claims.sub,
          (error) => error.name + ' ' + error.code,
        )
      return JSON.stringify([
        await answerOf(${JSON.stringify(good)}),
        await answerOf(${JSON.stringify(good)}),
        await answerOf(${JSON.stringify(expired)}),
        await answerOf('garbage'),
        client.status().verifiedTokens.hits,
      ])
    })()`)
    expect(JSON.parse(String(answers))).toEqual([
      'fqxs9dd65si6',
      'fqxs9dd65si6',
      'AuthError token_expired',
      'AuthError token_malformed',
      1,
    ])
  })
})
