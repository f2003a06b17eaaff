import type { Profile } from '../sessions/session.js'

/** Who an ID token speaks of. */
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
export class Exchange {
  readonly items: Map<StorageItem, string>
  identity: Identity | undefined
  #url: string | undefined

  constructor(items: Partial<Record<StorageItem, string>> = {}) {
    this.items = new Map()
    for (const [name, value] of Object.entries(items)) {
      if (isStorageItem(name)) this.items.set(name, value)
    }
  }

  async getItem(name: StorageItem): Promise<string | null> {
    return this.items.get(name) ?? null
  }

  async setItem(name: StorageItem, value: string): Promise<void> {
    this.items.set(name, value)
  }

  async removeItem(name: StorageItem): Promise<void> {
    this.items.delete(name)
  }

  readonly navigate = (url: string): void => {
    this.#url = url
  }

  navigatedTo(): string {
    if (this.#url === undefined) throw new Error('The Logto SDK did not say where to go')
    return this.#url
  }
}

function isStorageItem(name: string): name is StorageItem {
  return ['idToken', 'refreshToken', 'accessToken', 'signInSession'].includes(name)
}
