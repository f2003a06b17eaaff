import type { Answer } from './http.js'

/** Collections of Logto whose members the suite makes. What hangs below a member goes with it. */
const COLLECTION =
  /^\/(users|applications|resources|roles|organizations|organization-scopes|organization-roles|hooks)$/

type Manage = (method: string, path: string, request?: { body?: unknown }) => Promise<Answer>

/**
 * What the suite would leave behind in a Logto. It watches every request of the Management API, so that a case that
 * fails between a creation and its deletion leaves nothing either.
 */
export class LeftBehind {
  readonly #manage: Manage
  /** Paths of what exists because of the suite. */
  readonly #made = new Set<string>()
  /** Settings as they were found, by their path. */
  readonly #found = new Map<string, Record<string, unknown>>()

  constructor(manage: Manage) {
    this.#manage = manage
  }

  /** Takes notice of a request and its answer. */
  watch(method: string, path: string, { status, fields }: Answer): void {
    if (status >= 300) return
    if (method === 'DELETE') this.#made.delete(path)
    if (method === 'POST' && COLLECTION.test(path) && typeof fields.id === 'string') {
      this.#made.add(`${path}/${fields.id}`)
    }
  }

  /** Notes these fields of a setting, to put them back in the end. */
  keep(path: string, setting: Record<string, unknown>, names: readonly string[]): void {
    this.#found.set(path, Object.fromEntries(names.map((name) => [name, setting[name]])))
  }

  /**
   * Puts the settings back and removes what was made, newest first.
   *
   * @param prefix - of the usernames of people who signed up: no request of the Management API made them.
   * @returns what would not go.
   */
  async clear(prefix: string): Promise<string[]> {
    const stayed: string[] = []
    for (const [path, body] of this.#found) {
      const { status } = await this.#manage('PATCH', path, { body })
      if (status >= 300) stayed.push(`the changes of ${path}`)
    }
    const { body } = await this.#manage('GET', `/users?page_size=100&search.username=${prefix}%25`)
    for (const { id } of Array.isArray(body) ? body : []) this.#made.add(`/users/${id}`)
    for (const path of [...this.#made].toReversed()) {
      const { status } = await this.#manage('DELETE', path)
      if (status >= 300 && status !== 404) stayed.push(path)
    }
    return stayed
  }
}
