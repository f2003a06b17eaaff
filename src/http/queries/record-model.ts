import { isObject } from '../../logto/is-object.js'

/** A column; `type` is Interaqt's, such as `string`. */
export interface Column {
  kind: 'column'
  type: string
  /** Whether it holds an array of such values. */
  isCollection: boolean
}

/** What a name leads to. */
export type Attribute =
  | Column
  | { kind: 'relation'; record: string; link: string; isToMany: boolean; isFiltered: boolean }

/** Whether a column holds JSON, which has no order and no plain comparison. */
export function isJson({ type, isCollection }: Column): boolean {
  return isCollection || type === 'object' || type === 'json'
}

/** The link record of a relation, in a path: `author.&.since`. */
const LINK = '&'

/**
 * The records of a Controller with their columns and relations, as Interaqt's storage holds them after
 * `controller.setup`: `system.storage.map` of interaqt 4.10, with inherited, merged and filtered ones resolved.
 */
export class RecordModel {
  readonly #records: Record<string, unknown> | undefined

  constructor(controller: object) {
    this.#records = objectAt(controller, 'system', 'storage', 'map', 'records')
  }

  /** Whether the records are known: not before `controller.setup`. */
  get isKnown(): boolean {
    return this.#records !== undefined
  }

  /**
   * Returns what a name of a record leads to; undefined when there is no such name.
   *
   * @param from - the relation that led to the record, whose link `&` is.
   */
  find(record: string | undefined, name: string, from: Attribute | undefined): Attribute | undefined {
    if (name === LINK) return from?.kind === 'relation' ? linkOf(from.link) : undefined
    const attributes = this.#attributesOf(record)
    const attribute = attributes && Object.hasOwn(attributes, name) ? attributes[name] : undefined
    if (!isObject(attribute)) return undefined
    const { isRecord, recordName, linkName, relType, type, collection, isFilteredRelation } = attribute
    if (!isRecord) return { kind: 'column', type: String(type), isCollection: collection === true }
    return {
      kind: 'relation',
      record: String(recordName),
      link: String(linkName),
      isToMany: Array.isArray(relType) && relType[1] === 'n',
      isFiltered: isFilteredRelation === true,
    }
  }

  /** Returns the names of a record's columns and relations. */
  namesOf(record: string | undefined): string[] {
    return Object.keys(this.#attributesOf(record) ?? {})
  }

  #attributesOf(record: string | undefined): Record<string, unknown> | undefined {
    if (record === undefined || !this.#records || !Object.hasOwn(this.#records, record)) return undefined
    return objectAt(this.#records, record, 'attributes')
  }
}

function linkOf(link: string): Attribute {
  return { kind: 'relation', record: link, link: '', isToMany: false, isFiltered: false }
}

function objectAt(start: object, ...names: string[]): Record<string, unknown> | undefined {
  let value: unknown = start
  for (const name of names) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, name)
  }
  return isObject(value) ? value : undefined
}
