/** What a store must be able to do: `createStorage` of `unstorage` gives one, with any of its drivers. */
export interface SessionStore {
  getItem(key: string): Promise<unknown>
  /** `ttl`: seconds after which the store may drop the record; drivers without it keep it. */
  setItem(key: string, value: string, options: { ttl: number }): Promise<void>
  removeItem(key: string): Promise<void>
  /** Keys that begin with `base`. */
  getKeys(base: string): Promise<string[]>
}
