/**
 * A map of at most about `max` entries that forgets those not used for longest. Two generations: when the young one
 * is half of `max`, it becomes the old one and the old one goes; an entry in use moves back to the young one.
 */
export class BoundedMap<Value> {
  readonly #generationSize: number
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()

  /** @param max - 0 makes a map that holds nothing. */
  constructor(max: number) {
    this.#generationSize = Math.ceil(max / 2)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: string): Value | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: string, value: Value): void {
    if (this.#generationSize === 0) return
    this.#old.delete(key)
    if (!this.#young.has(key) && this.#young.size >= this.#generationSize) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }

  delete(key: string): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }
}
