import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { expectLike } from '../expect-like.js'
import { type Answer, send, sendForm, text } from '../http.js'
import { recording } from '../recordings.js'
import { APP_ORIGIN, MANAGEMENT_API, REDIRECT_URI, type World } from '../world.js'

interface RecordedCors {
  case: string
  method: string
  origin: string
  status: number
  headers: Record<string, string>
  body: unknown
}

const RECORDING = 'cors/cors-behaviour.json'
const FOREIGN_ORIGIN = 'http://evil.example'

function recorded(name: string, origin: string): RecordedCors {
  const found = recording<RecordedCors[]>(RECORDING).find((row) => row.case === name && row.origin === origin)
  if (!found) throw new Error(`no recording of ${name} from ${origin}`)
  return found
}

// Only what CORS is about: which origin, methods and headers a browser is told.
function expectCors(answer: Answer, { status, headers }: RecordedCors): void {
  expect(answer.status).toBe(status)
  for (const name of [
    'access-control-allow-origin',
    'access-control-allow-methods',
    'access-control-allow-headers',
    'access-control-max-age',
    'access-control-expose-headers',
  ]) {
    expect(answer.headers.get(name) ?? undefined, name).toBe(headers[name])
  }
}

const preflight = (url: string, origin: string, method: string, header: string): Promise<Answer> =>
  send(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': header,
    },
  })

function openCases(origin: string): ContractCase[] {
  const who = origin === APP_ORIGIN ? "the application's origin" : 'a foreign origin'
  const compares = 'status, CORS headers'
  return [
    {
      name: `discovery from ${who}`,
      recording: RECORDING,
      compares,
      run: async ({ endpoint }) => {
        const url = `${endpoint}/oidc/.well-known/openid-configuration`
        expectCors(await send(url, { headers: { origin } }), recorded('discovery', origin))
      },
    },
    {
      name: `key set from ${who}`,
      recording: RECORDING,
      compares,
      run: async ({ endpoint }) =>
        expectCors(await send(`${endpoint}/oidc/jwks`, { headers: { origin } }), recorded('jwks', origin)),
    },
    {
      name: `preflight of a token request from ${who}`,
      recording: RECORDING,
      compares,
      run: async ({ endpoint }) => {
        const answer = await preflight(`${endpoint}/oidc/token`, origin, 'POST', 'content-type')
        expectCors(answer, recorded('token preflight', origin))
      },
    },
    {
      name: `preflight of a userinfo request from ${who}`,
      recording: RECORDING,
      compares,
      run: async ({ endpoint }) => {
        const answer = await preflight(`${endpoint}/oidc/me`, origin, 'GET', 'authorization')
        expectCors(answer, recorded('userinfo preflight', origin))
      },
    },
    {
      name: `a machine's token request with an Origin header, ${who}`,
      recording: RECORDING,
      compares: 'status, CORS headers, error body',
      run: async (world) => {
        const { id, secret } = world.machine
        const form = { grant_type: 'client_credentials', client_id: id, client_secret: secret }
        const answer = await sendForm(
          `${world.endpoint}/oidc/token`,
          { ...form, resource: world.resource.indicator },
          { origin },
        )
        const expected = recorded('token m2m', origin)
        expectCors(answer, expected)
        expectLike(
          answer,
          { status: 400, body: expected.body },
          { substitute: { sbbaj9noonnm1bqg0sffj: id } },
        )
      },
    },
    {
      name: `the Management API from ${who}`,
      recording: RECORDING,
      compares,
      run: async (world) => {
        const answer = await world.management('GET', '/users?page_size=1', { headers: { origin } })
        expectCors(answer, recorded('mgmt api GET', origin))
      },
    },
    {
      name: `preflight of the Management API from ${who}`,
      recording: RECORDING,
      compares,
      run: async ({ endpoint }) => {
        const answer = await preflight(`${endpoint}/api/users`, origin, 'GET', 'authorization')
        expectCors(answer, recorded('mgmt api preflight', origin))
      },
    },
  ]
}

async function exchangeFrom(world: World, origin: string, clientId = world.spa.id): Promise<Answer> {
  const authorization = await world.signIn(world.norole, { client_id: clientId })
  return sendForm(
    `${world.endpoint}/oidc/token`,
    {
      client_id: clientId,
      grant_type: 'authorization_code',
      code: authorization.code,
      redirect_uri: REDIRECT_URI,
      code_verifier: authorization.verifier,
      resource: world.resource.indicator,
    },
    { origin },
  )
}

interface RecordedValidation {
  field: 'redirectUris' | 'postLogoutRedirectUris' | 'corsAllowedOrigins'
  value: string
  status: number
  body: unknown
}

const VALIDATION = 'cors/redirect-and-origin-validation.json'

const validationCases: ContractCase[] = recording<RecordedValidation[]>(VALIDATION).map((row) => ({
  name: `registering ${JSON.stringify(row.value)} among ${row.field}`,
  recording: VALIDATION,
  compares: row.status === 200 ? 'status' : 'status, error body',
  measuredOn: ['development'],
  run: async (world) => {
    const metadata =
      row.field === 'corsAllowedOrigins'
        ? { customClientMetadata: { corsAllowedOrigins: [row.value] } }
        : {
            // Logto refuses one list without the other (recordings/released/applications-post-only-redirectUris.json).
            oidcClientMetadata: {
              redirectUris: row.field === 'redirectUris' ? [REDIRECT_URI, row.value] : [REDIRECT_URI],
              postLogoutRedirectUris: row.field === 'postLogoutRedirectUris' ? [row.value] : [],
            },
          }
    const { id } = await world.make('/applications', { name: world.name('spa'), type: 'SPA' })
    const answer = await world.management('PATCH', `/applications/${id}`, { body: metadata })
    if (row.status === 200) expect(answer.status).toBe(200)
    else expectLike(answer, row)
  },
}))

export const cors: ContractGroup = {
  subject: 'CORS, redirect URIs and origins',
  cases: [
    ...openCases(APP_ORIGIN),
    ...openCases(FOREIGN_ORIGIN),
    {
      name: "a code exchange from the application's origin",
      recording: RECORDING,
      compares: 'status, CORS headers',
      run: async (world) =>
        expectCors(await exchangeFrom(world, APP_ORIGIN), recorded('token exchange (SPA)', APP_ORIGIN)),
    },
    {
      name: 'a code exchange from a foreign origin',
      recording: RECORDING,
      compares: 'status, CORS headers, error body',
      run: async (world) => {
        const answer = await exchangeFrom(world, FOREIGN_ORIGIN)
        const expected = recorded('token exchange (SPA)', FOREIGN_ORIGIN)
        expectCors(answer, expected)
        const substitute = { tzmcbyif2vjf1ovt378ry: world.spa.id }
        expectLike(answer, { status: 400, body: expected.body }, { substitute })
      },
    },
    {
      name: 'a code exchange from an origin in corsAllowedOrigins',
      recording: RECORDING,
      compares: 'status, CORS headers',
      run: async (world) => {
        const { id } = await world.make('/applications', {
          name: world.name('spa'),
          type: 'SPA',
          oidcClientMetadata: { redirectUris: [REDIRECT_URI], postLogoutRedirectUris: [] },
          customClientMetadata: { corsAllowedOrigins: [FOREIGN_ORIGIN] },
        })
        const name = `token exchange (SPA) after corsAllowedOrigins=[${FOREIGN_ORIGIN}]`
        expectCors(await exchangeFrom(world, FOREIGN_ORIGIN, id), recorded(name, FOREIGN_ORIGIN))
      },
    },
    {
      name: 'a token for the Management API works without CORS',
      recording: 'tokens/N2-mgmt-call-with-default-tenant-m2m-token.json',
      compares: 'status, shape of a user, paging headers',
      run: async (world) => {
        const token = text(
          await world.machineToken({ resource: MANAGEMENT_API, scope: 'all' }),
          'access_token',
        )
        const answer = await world.management('GET', '/users?page_size=1', {
          headers: { authorization: `Bearer ${token}` },
        })
        expect(answer.status).toBe(200)
        expect(answer.headers.get('total-number')).toMatch(/^\d+$/)
        expect(answer.headers.get('link')).toContain('rel="first"')
      },
    },
    ...validationCases,
  ],
}
