import { decodeJwt } from 'jose'
import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { type Answer, sendForm, text } from '../http.js'
import { type AuthorizationParameters, type Person, pkceOf } from '../person.js'
import { recordedExchange, recording } from '../recordings.js'
import { expectSameShape } from '../shape.js'
import { REDIRECT_URI, type World } from '../world.js'

const PKCE = pkceOf('v'.repeat(43))
const SCOPE = 'openid profile offline_access'

/** A person who has signed in to the application with {@link SCOPE}, and what the sign-in ended with. */
interface SignedIn {
  person: Person
  world: World
  tokens: Answer
}

async function signedIn(world: World, credentials = world.alice): Promise<SignedIn> {
  const person = world.person()
  const parameters = world.authorization({ scope: SCOPE, resource: undefined })
  const tokens = await world.exchange(await person.authorize(parameters, credentials))
  return { person, world, tokens }
}

/**
 * An authorization request of somebody who has a session, with what the recording sends: its scope, prompt, `max_age`
 * and hints, as far as `changed` does not replace them.
 */
function asked(
  name: string,
  file: string,
  changed: (signedIn: SignedIn) => AuthorizationParameters | Promise<AuthorizationParameters> = () => ({}),
): ContractCase {
  const path = `released/${file}.json`
  return {
    name,
    recording: path,
    compares: 'status and redirect: the page, or the application with code or error and description',
    run: async (world) => {
      const session = await signedIn(world)
      const answer = await session.person.begin({
        ...parametersOf(path, world),
        ...(await changed(session)),
      })
      expectRedirect(answer, path, world)
    },
  }
}

/** The parameters of a recorded authorization request, with ids of our own. */
function parametersOf(path: string, world: World): AuthorizationParameters {
  const recorded = new URL(recordedExchange(path).request.url).searchParams
  const own: Record<string, string> = { client_id: world.spa.id, ...Object.fromEntries(Object.entries(PKCE)) }
  return { ...Object.fromEntries(recorded), ...own, redirect_uri: REDIRECT_URI }
}

const generalized = (location: string): string =>
  location
    .replaceAll(/app_id=\w+/g, 'app_id=<app>')
    .replaceAll(/code=(<CODE>|[\w-]+)/g, 'code=<code>')
    .replaceAll(/iss=[^&]+/g, 'iss=<issuer>')

function expectRedirect(answer: Answer, path: string, world: World): void {
  const { response } = recordedExchange(path)
  expect(answer.status).toBe(response.status)
  const location = answer.headers.get('location') ?? ''
  expect(generalized(location)).toBe(generalized(response.headers.location ?? ''))
  const iss = location.startsWith(REDIRECT_URI) ? new URL(location).searchParams.get('iss') : world.issuer
  expect(iss).toBe(world.issuer)
}

/** Another application of the tenant, which this session has not used yet. */
async function otherApplication(world: World): Promise<{ client_id: string }> {
  const { id } = await world.make('/applications', {
    name: world.name('other-spa'),
    type: 'SPA',
    oidcClientMetadata: { redirectUris: [REDIRECT_URI], postLogoutRedirectUris: [] },
  })
  return { client_id: id }
}

const silent: ContractCase[] = [
  {
    ...asked('prompt=none without a session: login_required', 'prompt-none-without-session'),
    run: async (world) => {
      const path = 'released/prompt-none-without-session.json'
      expectRedirect(await world.person().begin(parametersOf(path, world)), path, world)
    },
  },
  asked('prompt=none with a session: a code', 'prompt-none-with-session'),
  asked('prompt=none with fewer scopes: a code', 'prompt-none-with-session-offline_access'),
  asked(
    'prompt=none with a resource that was not granted: consent_required',
    'prompt-none-with-session-new-resource',
    ({ world }) => ({
      resource: world.resource.indicator,
      scope: 'openid offline_access interaction:read interaction:write',
    }),
  ),
  asked(
    'prompt=none of another application: consent_required',
    'prompt-none-with-session-other-application',
    ({ world }) => otherApplication(world),
  ),
  asked('no prompt, another application: the consent page', 'no-prompt-other-application', ({ world }) =>
    otherApplication(world),
  ),
  asked(
    'prompt=none of another application that was used before: a code',
    'prompt-none-other-application-after-first-use',
    async ({ person, world }) => {
      const other = await otherApplication(world)
      const parameters = { scope: SCOPE, resource: undefined, prompt: undefined, ...other }
      await person.authorize(world.authorization(parameters), world.alice)
      return other
    },
  ),
  asked(
    'prompt=none after the refresh token was revoked: consent_required',
    'prompt-none-after-refresh-token-revoked',
    async ({ tokens, world }) => {
      const token = text(tokens, 'refresh_token')
      const form = { token, client_id: world.spa.id }
      const revoked = await sendForm(`${world.endpoint}/oidc/token/revocation`, form)
      expect(revoked.status).toBe(200)
      return {}
    },
  ),
  asked('no prompt: a code without a page', 'no-prompt-with-session'),
  asked('an ID token hint of the user who is signed in', 'id_token_hint-same-user', ({ tokens }) => ({
    id_token_hint: text(tokens, 'id_token'),
  })),
  asked(
    'an ID token hint of another user: login_required',
    'id_token_hint-other-user-prompt-none',
    async ({ world }) => ({
      id_token_hint: text((await signedIn(world, world.norole)).tokens, 'id_token'),
    }),
  ),
  asked('a login hint of another user is ignored', 'login_hint-other-user-with-session'),
]

const again: ContractCase[] = [
  asked('prompt=login with a session: the sign-in page', 'prompt-login-with-session'),
  asked('prompt=login consent: the sign-in page', 'prompt-login-consent-with-session'),
  asked('prompt=consent with a session: the consent page', 'prompt-consent-with-session'),
  asked('prompt=none together with another', 'prompt-none-and-consent'),
  asked('a prompt that does not exist', 'prompt-unknown'),
  asked('max_age=0 with a session: the sign-in page', 'max_age-0-with-session'),
  asked('max_age=0 and prompt=none: login_required', 'max_age-0-prompt-none-with-session'),
  asked('max_age that has not passed: a code', 'max_age-3600-with-session'),
  asked('max_age that has passed: the sign-in page', 'max_age-1-after-2-seconds', async () => {
    await new Promise((resolve) => setTimeout(resolve, 2100))
    return {}
  }),
  {
    name: 'the ID token has auth_time when max_age was sent, and only then',
    recording: 'released/max_age-id-token-with-auth_time.json',
    compares: 'claims of the ID token',
    run: async (world) => {
      const recorded = recording<{ decodedIdToken: { claims: object } }>(
        'released/max_age-id-token-with-auth_time.json',
      )
      const asks = { scope: 'openid profile', resource: undefined, nonce: 'n0nce' }
      const withMaxAge = text(await world.tokens(world.alice, { ...asks, max_age: '3600' }), 'id_token')
      // at_hash comes with some keys only, and alice has no name.
      const optional = ['at_hash', 'name']
      expectSameShape(decodeJwt(withMaxAge), recorded.decodedIdToken.claims, { optional })
      const without = text(await world.tokens(world.alice, asks), 'id_token')
      expect(decodeJwt(without)).not.toHaveProperty('auth_time')
    },
  },
  {
    name: 'prompt=login, then a sign-in as somebody else: a page that submits itself',
    recording: 'released/prompt-login-as-other-user-outcome.json',
    compares: 'status, content type, where the form goes and that it says yes',
    run: async (world) => {
      const { last } = recording<{
        last: { status: number; headers: Record<string, string>; body: string }
      }>('released/prompt-login-as-other-user-outcome.json')
      const { person } = await signedIn(world)
      const parameters = world.authorization({ scope: SCOPE, resource: undefined, prompt: 'login' })
      await person.begin({ ...PKCE, ...parameters })
      const answer = await person.visit(await person.signIn(world.norole))
      expect(answer.status).toBe(last.status)
      expect(answer.headers.get('content-type')).toBe(last.headers['content-type'])
      const action = (html: string) => new URL(/action="([^"]+)"/.exec(html)?.[1] ?? '').pathname
      expect(action(String(answer.body))).toBe(action(last.body))
      for (const html of [String(answer.body), last.body]) {
        expect(html).toMatch(/name="logout" value="yes"/)
        expect(html).toMatch(/submit\(\)/)
      }
    },
  },
]

export const prompts: ContractGroup = { subject: 'Prompts', cases: [...silent, ...again] }
