import { expect } from 'vitest'
import type { ContractGroup } from '../case.js'
import { send } from '../http.js'
import { recording } from '../recordings.js'
import { expectSameShape } from '../shape.js'
import type { World } from '../world.js'

const RECORDED_ENDPOINT = 'http://127.0.0.1:3001'

/** Compares a well-known document whole. Key rotations bring algorithms along, so the list of one moment is not part of the contract. */
export async function expectDocument(
  world: World,
  path: string,
  recorded: Record<string, unknown>,
): Promise<void> {
  const expected = JSON.parse(JSON.stringify(recorded).replaceAll(RECORDED_ENDPOINT, world.endpoint))
  const { fields } = await send(`${world.endpoint}/oidc/.well-known/${path}`)
  expect({ ...fields, id_token_signing_alg_values_supported: [] }).toEqual({
    ...expected,
    id_token_signing_alg_values_supported: [],
  })
}

export const discovery: ContractGroup = {
  subject: 'Discovery and keys',
  cases: [
    {
      name: 'the discovery document',
      recording: 'oidc/openid-configuration.json',
      compares: 'every value, with the endpoint put in',
      run: (world) =>
        expectDocument(world, 'openid-configuration', recording('oidc/openid-configuration.json')),
    },
    {
      name: 'the OAuth authorization server metadata',
      recording: 'oidc/oauth-authorization-server-metadata.json',
      compares: 'every value, with the endpoint put in',
      run: (world) => {
        const { body } = recording<{ body: Record<string, unknown> }>(
          'oidc/oauth-authorization-server-metadata.json',
        )
        return expectDocument(world, 'oauth-authorization-server', body)
      },
    },
    {
      name: 'the headers of the discovery document',
      recording: 'oidc/openid-configuration-headers.json',
      compares: 'content type, access-control-allow-origin, no cache-control',
      run: async (world) => {
        const recorded = recording<Record<string, string>>('oidc/openid-configuration-headers.json')
        const { headers } = await send(`${world.endpoint}/oidc/.well-known/openid-configuration`)
        for (const name of ['content-type', 'access-control-allow-origin', 'cache-control']) {
          expect(headers.get(name) ?? undefined).toBe(recorded[name])
        }
      },
    },
    {
      name: 'by another host name the URLs follow, the issuer does not',
      recording: 'oidc/openid-configuration-via-localhost-host.json',
      compares: 'issuer, token_endpoint, jwks_uri',
      run: async (world) => {
        const { port } = new URL(world.endpoint)
        const origin = `http://localhost:${port}`
        const { fields } = await send(`${origin}/oidc/.well-known/openid-configuration`).catch(() =>
          // A machine where localhost is not loopback's first address still shows it by the Host header.
          send(`${world.endpoint}/oidc/.well-known/openid-configuration`, {
            headers: { host: `localhost:${port}` },
          }),
        )
        expect(fields).toMatchObject({
          issuer: world.issuer,
          token_endpoint: `${origin}/oidc/token`,
          jwks_uri: `${origin}/oidc/jwks`,
        })
      },
    },
    {
      name: 'the key set holds an elliptic curve key with its algorithm',
      recording: 'oidc/jwks-initial.json',
      compares: 'keys and types of the first key that is not RSA',
      run: async (world) => {
        const { keys } = recording<{ keys: unknown[] }>('oidc/jwks-initial.json')
        const { fields } = await send(`${world.endpoint}/oidc/jwks`)
        const published = Array.isArray(fields.keys) ? fields.keys : []
        expectSameShape(
          published.find((key) => key.kty === 'EC'),
          keys[0],
        )
        expect(published.find((key) => key.kty === 'EC')).toMatchObject({
          alg: 'ES384',
          crv: 'P-384',
          use: 'sig',
        })
      },
    },
    {
      name: 'the headers of the key set',
      recording: 'oidc/jwks-headers.json',
      compares: 'content type, cache-control, access-control-allow-origin',
      run: async (world) => {
        const recorded = recording<{ headers: Record<string, string> }>('oidc/jwks-headers.json').headers
        const { headers } = await send(`${world.endpoint}/oidc/jwks`)
        for (const name of ['content-type', 'cache-control', 'access-control-allow-origin']) {
          expect(headers.get(name)).toBe(recorded[name])
        }
      },
    },
    {
      name: 'the key set ignores If-None-Match',
      recording: 'oidc/jwks-headers.json',
      compares: 'status 200 for a matching entity tag',
      run: async (world) => {
        const first = await send(`${world.endpoint}/oidc/jwks`)
        const etag = first.headers.get('etag') ?? '"x"'
        const again = await send(`${world.endpoint}/oidc/jwks`, { headers: { 'if-none-match': etag } })
        const { ifNoneMatch } = recording<{ ifNoneMatch: { status: number } }>('oidc/jwks-headers.json')
        expect(again.status).toBe(ifNoneMatch.status)
      },
    },
  ],
}
