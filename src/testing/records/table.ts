/** The rows of one kind by id, in the order in which they were added. */
export class Table<Row extends { id: string; name: string }, New> extends Map<string, Row> {
  readonly #complete: (fields: New, now: number) => Row
  readonly #now: () => number

  /**
   * @param complete - makes a row of the fields that are given, at a time in milliseconds since the epoch.
   * @param now - clock in milliseconds since the epoch.
   */
  constructor(complete: (fields: New, now: number) => Row, now: () => number) {
    super()
    this.#complete = complete
    this.#now = now
  }

  /** Adds a row; what `fields` leave out gets Logto's default. */
  add(fields: New): Row {
    const row = this.#complete(fields, this.#now())
    this.set(row.id, row)
    return row
  }

  /** Returns the first row of this name. */
  named(name: string): Row | undefined {
    for (const row of this.values()) if (row.name === name) return row
    return undefined
  }

  /** Returns the rows with these ids, without those that do not exist. */
  pick(ids: Iterable<string>): Row[] {
    return [...ids].flatMap((id) => this.get(id) ?? [])
  }
}
