import { hasFields } from './has-fields.js'
import type { Profile } from './session.js'

const SDK_FIELDS = { redirectUri: 'string', codeVerifier: 'string', state: 'string' } as const

/** What the SDK keeps of a sign-in that has begun. */
interface SdkSignInSession {
  redirectUri: string
  codeVerifier: string
  state: string
}

/** What a browser that leaves for Logto has to come back with. */
export interface SignInSession extends SdkSignInSession {
  /** The ID token repeats it. */
  nonce: string
}

/** Whether an opened value is a sign-in session. */
export function isSignInSession(value: unknown): value is SignInSession {
  return hasFields(value, { ...SDK_FIELDS, nonce: 'string' })
}

/** The person that an ID token names. */
export interface Identity {
  /** Logto user id. */
  userId: string
  /** `iat`: seconds, by Logto's clock. */
  issuedAt: number
  /** `sid`, where the application asks Logto for it. */
  logtoSessionId?: string
  profile: Profile
}

type StorageItem = 'idToken' | 'refreshToken' | 'accessToken' | 'signInSession'

/** What the SDK stores and where it navigates, during one exchange. */
export class SignInExchange {
  /** From the ID token, when it was verified. */
  identity: Identity | undefined
  readonly #items: Partial<Record<StorageItem, string>>
  #url: string | undefined

  constructor(items: Partial<Record<StorageItem, string>> = {}) {
    this.#items = items
  }

  get refreshToken(): string | undefined {
    return this.#items.refreshToken
  }

  /** The sign-in session that the SDK stored. */
  get signInSession(): SdkSignInSession {
    const session: unknown = JSON.parse(this.#items.signInSession ?? 'null')
    if (hasFields(session, SDK_FIELDS)) return session
    throw new Error('The Logto SDK kept no sign-in session')
  }

  /** Where the SDK sent the browser. */
  get destination(): string {
    if (this.#url === undefined) throw new Error('The Logto SDK did not say where to go')
    return this.#url
  }

  async getItem(name: StorageItem): Promise<string | null> {
    return this.#items[name] ?? null
  }

  async setItem(name: StorageItem, value: string): Promise<void> {
    this.#items[name] = value
  }

  async removeItem(name: StorageItem): Promise<void> {
    delete this.#items[name]
  }

  readonly navigate = (url: string): void => {
    this.#url = url
  }
}
