import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import { isObject } from '../../logto/is-object.js'
import type { LogtoState } from '../../testing/state/state.js'
import { refusalPage } from '../pages/refusal-page.js'
import { explainFailure, type OAuthFailure } from '../refusals/explain.js'
import { quoted, type RemedyFor, refusalLine } from '../refusals/refused-request.js'

/** How refused requests are told to a person. */
export interface RefusalSettings {
  /** Prints one line. */
  log: (line: string) => void
  remedyFor: RemedyFor
}

/** A refusal by oidc-provider. */
interface OidcFailure extends Error {
  error?: string | undefined
  error_description?: string | undefined
  error_detail?: string | undefined
}

/** OAuth errors that an ordinary sign-in ends with. No mistake in the set-up causes them, so none is logged. */
const EXPECTED = new Set(['access_denied', 'login_required', 'consent_required', 'interaction_required'])

/** Explains refused requests: a page for a person with a browser, and a line in the terminal for each. */
export class Refusals {
  readonly #state: LogtoState
  readonly #settings: RefusalSettings
  // An event comes before the answer, and twice for some requests; the last one is what is answered.
  readonly #failures = new WeakMap<object, { ctx: KoaContextWithOIDC; failure: OidcFailure }>()

  constructor(state: LogtoState, settings: RefusalSettings) {
    this.#state = state
    this.#settings = settings
  }

  /** Makes a provider report its refusals here. */
  observe(provider: Provider): void {
    const remember = (ctx: KoaContextWithOIDC, failure: OidcFailure) =>
      this.#failures.set(ctx, { ctx, failure })
    provider.on('authorization.error', remember)
    provider.on('grant.error', remember)
    provider.on('end_session.error', remember)
    provider.on('introspection.error', remember)
    provider.on('revocation.error', remember)
    provider.on('userinfo.error', remember)
    provider.on('server_error', remember)
    provider.use(async (context, next) => {
      await next()
      const remembered = this.#failures.get(context)
      if (!remembered || EXPECTED.has(remembered.failure.error ?? '')) return
      const { ctx, failure } = remembered
      this.#print(ctx, failure)
      if (failure.error === 'invalid_target' && isPerson(ctx)) this.#showInsteadOfRedirect(ctx, failure)
    })
  }

  /** Answers an error that leads back to no application, with a page or with Logto's JSON. */
  readonly render = (ctx: KoaContextWithOIDC, body: Record<string, unknown>, error: OidcFailure): void => {
    if (ctx.accepts('json', 'html') === 'html') {
      ctx.type = 'html'
      ctx.body = this.#page(ctx, error)
    } else {
      ctx.type = 'json'
      ctx.body = body
    }
  }

  /** Prints the line about a request for a machine's token, which oidc-provider knows nothing of. */
  printRefusedMachine(ctx: KoaContextWithOIDC, error: OidcFailure): void {
    this.#print(ctx, error)
  }

  // Logto sends the error to the application, which most often has no words for it. The person is told here, one
  // click before.
  #showInsteadOfRedirect(ctx: KoaContextWithOIDC, failure: OidcFailure): void {
    const onward = ctx.response.get('location')
    if (ctx.oidc.route !== 'authorization' || !onward) return
    ctx.remove('location')
    ctx.status = 400
    ctx.type = 'html'
    ctx.body = this.#page(ctx, failure, onward)
  }

  #page(ctx: KoaContextWithOIDC, failure: OidcFailure, onward?: string): string {
    const { error, description } = wordsOf(failure)
    const refused = explainFailure(this.#state, failureOf(ctx, failure))
    const remedy = refused && this.#settings.remedyFor(refused)
    return refusalPage({ error, description, refused, remedy, onward })
  }

  #print(ctx: KoaContextWithOIDC, failure: OidcFailure): void {
    const explained = failureOf(ctx, failure)
    const refused = explainFailure(this.#state, explained)
    const { log, remedyFor } = this.#settings
    if (refused) {
      log(refusalLine(refused, remedyFor(refused)))
      return
    }
    const { error, description, clientId } = explained
    const asked = clientId === undefined ? '' : ` by application ${quoted(clientId)}`
    const detail = failure.error_detail ? ` (${failure.error_detail})` : ''
    log(`Refused: ${ctx.oidc?.route ?? ctx.path}${asked}: ${error}: ${quoted(description)}${detail}`)
  }
}

/** Whether a page of its own answers this request: a browser's window, which nobody asked to stay silent. */
function isPerson(ctx: KoaContextWithOIDC): boolean {
  const destination = ctx.get('sec-fetch-dest')
  const isSilent = parameterOf(ctx, 'prompt').some((prompt) => prompt.split(' ').includes('none'))
  return (
    ctx.accepts('json', 'html') === 'html' && (destination === '' || destination === 'document') && !isSilent
  )
}

function wordsOf(failure: OidcFailure): { error: string; description: string } {
  return { error: failure.error ?? 'server_error', description: failure.error_description ?? failure.message }
}

function failureOf(ctx: KoaContextWithOIDC, failure: OidcFailure): OAuthFailure {
  const [named] = parameterOf(ctx, 'client_id')
  return {
    ...wordsOf(failure),
    parameter: (name) => parameterOf(ctx, name),
    clientId: ctx.oidc?.client?.clientId ?? named ?? basicClientId(ctx.get('authorization')),
    origin: ctx.get('origin') || undefined,
  }
}

function parameterOf(ctx: KoaContextWithOIDC, name: string): string[] {
  const value =
    ctx.oidc?.params?.[name] ?? ctx.oidc?.body?.[name] ?? (isObject(ctx.query) ? ctx.query[name] : undefined)
  return [value].flat().filter((item) => typeof item === 'string')
}

// RFC 6749, section 2.3.1
function basicClientId(authorization: string): string | undefined {
  const encoded = /^Basic (.+)$/i.exec(authorization)?.[1]
  const [id] = encoded ? Buffer.from(encoded, 'base64').toString('utf8').split(':') : []
  return id || undefined
}
