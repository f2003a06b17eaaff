import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { expectLike } from '../expect-like.js'
import { type AuthorizationParameters, pkceOf, SignInRefused } from '../person.js'
import { recordedExchange, recording } from '../recordings.js'
import { PASSWORD, type World } from '../world.js'
import { makeClientOfTwoUris } from './token-errors.js'

interface RecordedAuthorization {
  url: string
  status: number
  location?: string
  contentType: string
  body: unknown
}

const RECORDED_SPA = 'tzmcbyif2vjf1ovt378ry'
const RECORDED_ISSUER = 'http://127.0.0.1:3001/oidc'
const PKCE = pkceOf('v'.repeat(43))

/** An authorization request that Logto answers without asking anybody. */
function refused(
  name: string,
  file: string,
  parameters: (world: World) => AuthorizationParameters,
): ContractCase {
  const path = `errors/${file}.json`
  return {
    name,
    recording: path,
    compares: 'status, content type, redirect with error and description, or error body',
    run: async (world) => {
      const recorded = recording<RecordedAuthorization>(path)
      const state = new URL(recorded.url).searchParams.get('state') ?? undefined
      const base = {
        client_id: world.spa.id,
        redirect_uri: 'http://127.0.0.1:4173/callback',
        response_type: 'code',
      }
      const answer = await world
        .person()
        .begin({ ...base, scope: 'openid', state, ...PKCE, ...parameters(world) })
      expect(answer.headers.get('content-type')).toBe(recorded.contentType)
      if (recorded.location === undefined) {
        expectLike(answer, recorded, { substitute: { [RECORDED_ISSUER]: world.issuer } })
        return
      }
      expect(answer.status).toBe(recorded.status)
      const expected = recorded.location
        .replace(RECORDED_SPA, world.spa.id)
        .replace(encodeURIComponent(RECORDED_ISSUER), encodeURIComponent(world.issuer))
      expect(answer.headers.get('location')).toBe(expected)
    },
  }
}

const resource = (indicator: string) => () => ({ resource: indicator })

// The words that a trace of redirects uses for ids.
const generalized = (url: string, world: World): string =>
  url
    .replaceAll(world.endpoint, '<logto>')
    .replaceAll('http://127.0.0.1:3001', '<logto>')
    .replaceAll(/app_id=\w+/g, 'app_id=<app>')
    .replaceAll(/\/oidc\/auth\/[\w-]+/g, '/oidc/auth/<interaction>')
    .replaceAll(/(code|state)=[\w-]+/g, '$1=<value>')
    .replaceAll(/iss=[^&]+/g, 'iss=<issuer>')

/** The recorded way from a redirect of Logto back to the application, against the real one. */
async function expectRedirects(
  world: World,
  path: string,
  begin: (person: ReturnType<World['person']>) => Promise<string>,
): Promise<void> {
  const { trace } = recording<{ trace: unknown[][] }>(path)
  const recorded = trace.find(([step]) => step === 'redirects')?.[1]
  const person = world.person()
  let next = await begin(person)
  const hops: [string, number, string][] = []
  while (new URL(next, world.endpoint).origin === new URL(world.endpoint).origin && hops.length < 6) {
    const answer = await person.visit(next)
    const location = answer.headers.get('location') ?? ''
    hops.push([
      generalized(next.replace(world.endpoint, ''), world),
      answer.status,
      generalized(location, world),
    ])
    next = location
  }
  const expected = Array.isArray(recorded)
    ? recorded.map(([from, status, to]) => [generalized(from, world), status, generalized(to, world)])
    : []
  expect(hops).toEqual(expected)
}

const SIGN_IN_TRACE = 'tokens/authorization-code-flow-signin-trace.json'
const REGISTER_TRACE = 'tokens/authorization-code-flow-register-trace.json'

export const authorization: ContractGroup = {
  subject: 'Authorization and sign-in',
  cases: [
    refused('a request without PKCE', 'auth-no-pkce', () => ({
      code_challenge: undefined,
      code_challenge_method: undefined,
    })),
    refused('a request without state', 'auth-no-state', () => ({})),
    refused('a machine as client', 'auth-m2m-client', (world) => ({ client_id: world.machine.id })),
    refused('an unknown client', 'auth-unknown-client', () => ({ client_id: 'nope' })),
    refused('a redirect URI on another port', 'auth-redirect-uri-other-port', () => ({
      redirect_uri: 'http://127.0.0.1:5000/callback',
    })),
    refused('a redirect URI with a trailing slash', 'auth-redirect-uri-trailing-slash', () => ({
      redirect_uri: 'http://127.0.0.1:4173/callback/',
    })),
    refused('a resource that is no absolute URI', 'auth-resource-uri-not-absolute', resource('not-a-uri')),
    refused(
      'a resource with a fragment',
      'auth-resource-with-fragment',
      resource('http://127.0.0.1:4000/interaction/#frag'),
    ),
    refused('an unknown resource', 'auth-unknown-resource', resource('http://127.0.0.1:4000/unknown')),
    refused('an unknown scope', 'auth-unknown-scope', () => ({ scope: 'openid foo:bar' })),
    {
      name: 'a request without a redirect URI, of a client with one',
      recording: 'released/authorize-without-redirect_uri-one-registered-uri.json',
      compares: 'status, where it leads',
      run: async (world) => {
        const { response } = recordedExchange(
          'released/authorize-without-redirect_uri-one-registered-uri.json',
        )
        const answer = await world.person().begin(world.authorization({ ...PKCE, redirect_uri: undefined }))
        expect(answer.status).toBe(response.status)
        expect(answer.headers.get('location')).toBe(
          response.headers.location?.replace(/app_id=\w+/, `app_id=${world.spa.id}`),
        )
      },
    },
    {
      name: 'a request without a redirect URI, of a client with two',
      recording: 'released/authorize-without-redirect_uri-two-registered-uris.json',
      compares: 'status, content type, error body',
      run: async (world) => {
        const { response } = recordedExchange(
          'released/authorize-without-redirect_uri-two-registered-uris.json',
        )
        const client_id = await makeClientOfTwoUris(world)
        const changed = { ...PKCE, client_id, redirect_uri: undefined, state: 'st4te' }
        const answer = await world.person().begin(world.authorization(changed))
        expectLike(answer, response, { substitute: { [RECORDED_ISSUER]: world.issuer } })
      },
    },
    {
      name: 'prompt=none without a session',
      recording: 'errors/prompt-none-without-session.json',
      compares: 'status, redirect with error and description',
      run: async (world) => {
        const recorded = recording<RecordedAuthorization>('errors/prompt-none-without-session.json')
        const expected = new URL(recorded.location ?? '').searchParams
        const answer = await world.person().begin(world.authorization({ ...PKCE, prompt: 'none' }))
        expect(answer.status).toBe(recorded.status)
        const actual = new URL(answer.headers.get('location') ?? '').searchParams
        for (const name of ['error', 'error_description']) expect(actual.get(name)).toBe(expected.get(name))
        expect(actual.get('iss')).toBe(world.issuer)
      },
    },
    {
      name: 'the cookies of an authorization request',
      recording: SIGN_IN_TRACE,
      compares: 'names, paths, same-site and http-only of the interaction cookies',
      run: async (world) => {
        const [begun] = recording<{ trace: [string, number, string, string[]][] }>(SIGN_IN_TRACE).trace
        const answer = await world.person().begin(world.authorization(PKCE))
        const cookies = (lines: readonly string[]) =>
          lines
            .filter((line) => line.startsWith('_interaction'))
            .map((line) =>
              line
                .replace(/^([\w.]+)=[^;]*;/, '$1;')
                .replace(/expires=[^;]*/, 'expires')
                .replace(/\/oidc\/auth\/[\w-]+/, '/oidc/auth/<interaction>')
                .replaceAll(/;\s+/g, '; '),
            )
            .toSorted()
        expect(cookies(answer.headers.getSetCookie())).toEqual(cookies(begun?.[3] ?? []))
        expect(answer.headers.get('location')).toBe(`/sign-in?app_id=${world.spa.id}`)
      },
    },
    {
      name: 'the steps of a sign-in',
      recording: SIGN_IN_TRACE,
      compares: 'status and shape of each experience API answer',
      run: async (world) => {
        const person = world.person()
        await person.begin(world.authorization(PKCE))
        const { username: value, password } = world.alice
        const begun = await person.step('PUT', '', { interactionEvent: 'SignIn' })
        const verified = await person.step('POST', '/verification/password', {
          identifier: { type: 'username', value },
          password,
        })
        const identified = await person.step('POST', '/identification', verified.body)
        const submitted = await person.step('POST', '/submit')
        expect([begun, verified, identified, submitted].map(({ status }) => status)).toEqual([
          204, 200, 204, 200,
        ])
        expect(Object.keys(verified.fields)).toEqual(['verificationId'])
        expect(Object.keys(submitted.fields)).toEqual(['redirectTo'])
      },
    },
    {
      name: 'the redirects after a sign-in, without a consent page',
      recording: SIGN_IN_TRACE,
      compares: 'paths and statuses of the redirects',
      run: (world) =>
        expectRedirects(world, SIGN_IN_TRACE, async (person) => {
          await person.begin(world.authorization(PKCE))
          return person.signIn(world.alice)
        }),
    },
    {
      name: 'the steps of a sign-up',
      recording: REGISTER_TRACE,
      compares: 'status and body of each experience API answer',
      run: async (world) => {
        const person = world.person()
        await person.begin(world.authorization({ ...PKCE, first_screen: 'register' }))
        const begun = await person.step('PUT', '', { interactionEvent: 'Register' })
        const verified = await person.step('POST', '/verification/new-password-identity', {
          identifier: { type: 'username', value: world.name('new') },
          password: PASSWORD,
        })
        const identified = await person.step('POST', '/identification', verified.body)
        const submitted = await person.step('POST', '/submit')
        expect([begun, verified, identified, submitted].map(({ status }) => status)).toEqual([
          204, 200, 201, 200,
        ])
        expect(identified.body).toBe('Created')
        await forget(world)
      },
    },
    {
      name: 'the redirects after a sign-up, without a consent page',
      recording: REGISTER_TRACE,
      compares: 'paths and statuses of the redirects',
      run: async (world) => {
        await expectRedirects(world, REGISTER_TRACE, async (person) => {
          await person.begin(world.authorization(PKCE))
          return person.register({ username: world.name('new'), password: PASSWORD })
        })
        await forget(world)
      },
    },
    {
      name: 'a suspended user cannot sign in',
      recording: 'errors/signin-suspended-user.json',
      compares: 'status, error body',
      run: async (world) => {
        const user = await world.makeUser()
        await world.made('PATCH', `/users/${user.id}/is-suspended`, { isSuspended: true })
        const error = await world.signIn(user).catch((error: unknown) => error)
        if (!(error instanceof SignInRefused)) throw new Error('the sign-in was not refused')
        expectLike(error.answer, recording('errors/signin-suspended-user.json'))
      },
    },
    {
      name: 'a person with a session is not asked again',
      recording: SIGN_IN_TRACE,
      compares: 'the second request leads to a code without a sign-in page',
      run: async (world) => {
        const person = world.person()
        await person.authorize(world.authorization(), world.alice)
        const again = await person.begin(world.authorization(PKCE))
        expect(again.headers.get('location')).toBe(`/consent?app_id=${world.spa.id}`)
        const callback = await person.follow(again.headers.get('location') ?? '')
        expect(callback.searchParams.get('code')).toMatch(/^[\w-]{43}$/)
      },
    },
  ],
}

/** Removes the users that signed up under our prefix. */
async function forget(world: World): Promise<void> {
  const { body } = await world.made('GET', `/users?search.username=${world.prefix}_new%25`)
  for (const { id } of Array.isArray(body) ? body : []) await world.made('DELETE', `/users/${id}`)
}
