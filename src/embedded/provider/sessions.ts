import type { AdapterPayload, KoaContextWithOIDC } from 'oidc-provider'
import { isObject } from '../../logto/is-object.js'
import type {
  GrantRecord,
  SessionRecord,
  SessionStore,
  Submission,
} from '../../testing/state/session-store.js'
import type { GrantStore } from './grant-store.js'

/** What a sign-in tells oidc-provider, besides who signed in. */
interface SubmissionResult {
  submission: Submission
}

/** The fields of a session that the Management API shows, in the recorded order. */
const SESSION_FIELDS = ['exp', 'iat', 'jti', 'uid', 'kind', 'loginTs', 'accountId', 'authorizations']
const GRANT_FIELDS = ['exp', 'iat', 'jti', 'kind', 'clientId', 'accountId', 'openid', 'resources']

/** The sessions and grants of the OpenID Connect server, as Logto's Management API sees and ends them. */
export class Sessions implements SessionStore {
  readonly #grants: GrantStore
  /** By `uid`. */
  readonly #signIns = new Map<string, { clientId: string; submission: Submission }>()

  constructor(grants: GrantStore) {
    this.#grants = grants
  }

  /** Keeps how the person of a session signed in, after a request that ended a sign-in. */
  remember({ session, result, params }: KoaContextWithOIDC['oidc']): void {
    if (!session || !isSubmissionResult(result)) return
    const { submission } = result
    this.#signIns.set(session.uid, { clientId: String(params?.client_id), submission })
  }

  sessionsOf(userId: string): SessionRecord[] {
    return this.#sessions().filter(({ accountId }) => accountId === userId)
  }

  session(uid: string): SessionRecord | undefined {
    return this.#sessions().find(({ payload }) => payload.uid === uid)
  }

  endSession(uid: string, { withGrants }: { withGrants: boolean }): void {
    const session = this.session(uid)
    if (!session) return
    this.#grants.deleteWhere('Session', (payload) => payload.uid === uid)
    this.#signIns.delete(uid)
    if (withGrants) for (const id of grantIdsOf(session.payload)) this.#grants.revokeGrant(id)
  }

  grantsOf(userId: string): GrantRecord[] {
    return this.#grants
      .list('Grant')
      .filter(({ payload }) => payload.accountId === userId)
      .map(({ id, payload, expiresAt }) => ({ id, payload: only(GRANT_FIELDS, payload), expiresAt }))
  }

  endGrant(id: string): void {
    this.#grants.revokeGrant(id)
    // A silent sign-in is `login_required` afterwards, not `consent_required`: so the session is over too
    // (recordings/released/after-grant-delete-of-spa-prompt-none.json).
    this.#grants.deleteWhere('Session', (payload) => grantIdsOf(payload).includes(id))
  }

  signOut(userId: string): void {
    for (const model of ['Session', 'RefreshToken', 'AccessToken']) {
      this.#grants.deleteWhere(model, (payload) => payload.accountId === userId)
    }
  }

  #sessions(): SessionRecord[] {
    return this.#grants.list('Session').flatMap(({ payload, expiresAt }) => {
      const { uid, accountId } = payload
      // Before the sign-in, a session is nobody's.
      if (uid === undefined || accountId === undefined) return []
      const signIn = this.#signIns.get(uid)
      const lastSubmission = signIn?.submission ?? null
      const clientId = signIn?.clientId ?? null
      return [{ payload: only(SESSION_FIELDS, payload), lastSubmission, clientId, accountId, expiresAt }]
    })
  }
}

// Only `Interaction` makes results, so that one with the field is one of ours.
const isSubmissionResult = (result: unknown): result is SubmissionResult =>
  isObject(result) && isObject(result.submission)

function grantIdsOf({ authorizations }: { authorizations?: unknown }): string[] {
  if (!isObject(authorizations)) return []
  return Object.values(authorizations).flatMap((authorization) =>
    isObject(authorization) && typeof authorization.grantId === 'string' ? [authorization.grantId] : [],
  )
}

function only(fields: readonly string[], payload: AdapterPayload): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap((field) => (payload[field] === undefined ? [] : [[field, payload[field]]])),
  )
}
