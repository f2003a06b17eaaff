import type { ContractCase } from '../case.js'
import { expectLike } from '../expect-like.js'
import { type Answer, text } from '../http.js'
import { recording } from '../recordings.js'
import { REDIRECT_URI, type World } from '../world.js'
import { expectAccessToken } from './token-case.js'

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
export const PERSONAL_ACCESS_TOKEN = 'urn:logto:token-type:personal_access_token'

type Form = Record<string, string | undefined>

/** Applications that may exchange tokens. */
export interface ExchangeScene {
  /** Exchanges as the single-page application, for the resource unless the form says otherwise. */
  spa(form: Form): Promise<Answer>
  web(form: Form): Promise<Answer>
  machine(form: Form): Promise<Answer>
  spaId: string
}

const scenes = new WeakMap<World, Promise<ExchangeScene>>()

/** Resolves with the applications of these cases, which are made once. */
export function exchangeScene(world: World): Promise<ExchangeScene> {
  const known = scenes.get(world)
  if (known) return known
  const made = makeScene(world)
  scenes.set(world, made)
  return made
}

async function makeScene(world: World): Promise<ExchangeScene> {
  const make = async (type: string) => {
    const redirectUris = type === 'MachineToMachine' ? [] : [REDIRECT_URI]
    const { id } = await world.make('/applications', {
      name: world.name(`exchange-${type}`),
      type,
      oidcClientMetadata: { redirectUris, postLogoutRedirectUris: [] },
      customClientMetadata: { allowTokenExchange: true },
    })
    return id
  }
  const authenticated = async (type: string) => {
    const id = await make(type)
    const { body } = await world.made('GET', `/applications/${id}/secrets`)
    const secret = Array.isArray(body) ? String(body[0].value) : ''
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
    return (form: Form) => world.token(exchangeForm(world, form), { authorization })
  }
  const spaId = await make('SPA')
  return {
    spaId,
    spa: (form) => world.token({ client_id: spaId, ...exchangeForm(world, form) }),
    web: await authenticated('Traditional'),
    machine: await authenticated('MachineToMachine'),
  }
}

/** The parameters of the recorded exchanges, with these changed. */
export const exchangeForm = (world: World, changed: Form): Form => ({
  grant_type: TOKEN_EXCHANGE,
  subject_token_type: ACCESS_TOKEN,
  resource: world.resource.indicator,
  ...changed,
})

export async function subjectToken(world: World, userId = world.alice.id): Promise<string> {
  return text(await world.made('POST', '/subject-tokens', { userId }), 'subjectToken')
}

export async function personalAccessToken(
  world: World,
  userId = world.alice.id,
  fields: Record<string, unknown> = {},
): Promise<{ name: string; value: string }> {
  const path = `/users/${userId}/personal-access-tokens`
  const { fields: made } = await world.made('POST', path, { name: world.name('pat'), ...fields })
  return { name: String(made.name), value: String(made.value) }
}

/** Resolves with a user's access token for the resource. */
export async function userJwt(world: World, credentials = world.alice): Promise<string> {
  const authorization = await world.signIn(credentials)
  const { indicator } = world.resource
  return text(await world.exchange(authorization, { resource: indicator }), 'access_token')
}

/** Resolves with a user's opaque access token, which has the scope openid. */
export async function opaqueToken(world: World, credentials = world.alice): Promise<string> {
  const asked = { resource: undefined, scope: 'openid profile' }
  return text(await world.tokens(credentials, asked), 'access_token')
}

/** Resolves with an access token of a machine for the resource. */
export async function machineJwt(world: World): Promise<string> {
  return text(await world.machineToken({ resource: world.resource.indicator }), 'access_token')
}

/** A case that the development version answers otherwise (versions.ts). */
export const ofRelease = (of: ContractCase): ContractCase => ({ ...of, only: '1.42.0' })

export const suspend = (world: World, userId: string): Promise<Answer> =>
  world.made('PATCH', `/users/${userId}/is-suspended`, { isSuspended: true })

interface RecordedExchangeAnswer {
  response: { status: number; headers: Record<string, string>; body: unknown }
  decodedAccessToken?: { header: unknown; claims: Record<string, unknown> } | string
}

/** A token request beside its recording: the answer, and the access token in it where there is one. */
export function exchanged(
  name: string,
  file: string,
  expected: string | undefined,
  request: (scene: ExchangeScene, world: World) => Promise<Answer>,
): ContractCase {
  const path = `released/${file}.json`
  return {
    name,
    recording: path,
    compares: 'status, shape of the answer, header and claims of its token; for a refusal the body',
    run: async (world) => {
      const recorded = recording<RecordedExchangeAnswer>(path)
      const answer = await request(await exchangeScene(world), world)
      expectLike(answer, recorded.response)
      if (recorded.response.status >= 400) return
      expectAccessToken(text(answer, 'access_token'), recorded.decodedAccessToken, {
        ...(typeof recorded.decodedAccessToken === 'object' && { aud: world.resource.indicator }),
        ...(expected !== undefined && { scope: expected }),
      })
    },
  }
}
