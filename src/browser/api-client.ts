import type { CallOptions, Calls } from './calls.js'
import type {
  AnswerOf,
  BodyOf,
  InteractionFields,
  InteractionMap,
  InteractionName,
  OptionalWhenEmpty,
} from './interaction-types.js'

/**
 * Typed calls to an Interaqt API. What both Clients share, whether their calls carry a token or a session cookie.
 *
 * @typeParam Api - payloads and results by interaction.
 * @typeParam PostOptions - options of `post`.
 * @typeParam InteractOptions - options of `interact`.
 */
export class ApiClient<
  Api extends InteractionMap,
  PostOptions extends CallOptions,
  InteractOptions extends PostOptions & InteractionFields,
> {
  readonly #calls: Calls

  constructor(calls: Calls) {
    this.#calls = calls
    this.fetch = calls.fetch
  }

  /**
   * Posts JSON to the API. Resolves with the parsed answer (`undefined` for an empty one). With tokens, a 401 leads to one
   * renewed token and one repetition.
   *
   * @param path - path below the Interaqt endpoint.
   * @throws ApiError; NetworkError `offline`, `api_*`, `logto_*`; SignInError `signed_out`, `session_ended`, and with tokens
   * `token_refused`; the signal's reason.
   */
  post<Path extends string>(
    path: Path,
    body?: BodyOf<Api, Path>,
    options?: PostOptions,
  ): Promise<AnswerOf<Api, Path>>
  post(path: string, body?: unknown, options?: CallOptions): Promise<unknown> {
    return this.#calls.post(path, body, options)
  }

  /** Calls an interaction by name; see `post`. */
  interact<Name extends InteractionName<Api>>(
    name: Name,
    ...rest: OptionalWhenEmpty<Api[Name]['payload'], InteractOptions>
  ): Promise<Api[Name]['result']>
  interact(name: string, payload?: unknown, given?: CallOptions & InteractionFields): Promise<unknown> {
    const { query, activity, activityId, ...options } = given ?? {}
    const body = { payload, query, activity, activityId }
    return this.#calls.post(`/interaction/${encodeURIComponent(name)}`, body, options)
  }

  /**
   * `fetch` for other HTTP clients, with what `post` sends: a path is below the Interaqt endpoint, another origin is
   * refused, redirects are errors. It can be passed on alone.
   *
   * @throws NetworkError, and with tokens SignInError, as `post`; TypeError for another origin.
   */
  declare readonly fetch: (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>
}
