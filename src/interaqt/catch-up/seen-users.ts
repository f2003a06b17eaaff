/** 8 MiB: at a million users one absent user in ten million is taken for present. */
const BITS = 2 ** 26
const HASHES = 7

/**
 * Remembers which Logto users a reconcile has seen, in memory of a fixed size (a Bloom filter). `has` is true for every
 * user who was added. Rarely it is true for another one as well: the next reconcile has another seed and finds that user.
 */
export class SeenUsers {
  readonly #words = new Uint32Array(BITS / 32)
  readonly #seed = (Math.random() * 2 ** 32) >>> 0

  add(logtoId: string): void {
    for (const bit of this.#bitsOf(logtoId)) this.#words[bit >>> 5] = this.#wordOf(bit) | (1 << (bit & 31))
  }

  has(logtoId: string): boolean {
    return this.#bitsOf(logtoId).every((bit) => (this.#wordOf(bit) & (1 << (bit & 31))) !== 0)
  }

  #wordOf(bit: number): number {
    return this.#words[bit >>> 5] ?? 0
  }

  // Two hashes make all (Kirsch and Mitzenmacher, "Less Hashing, Same Performance").
  #bitsOf(logtoId: string): number[] {
    const first = hash(logtoId, this.#seed)
    const step = hash(logtoId, Math.imul(this.#seed, 0x9e3779b1) ^ 0x85ebca6b) | 1
    const bits = []
    for (let count = 0; count < HASHES; count++) bits.push((first + Math.imul(count, step)) & (BITS - 1))
    return bits
  }
}

// FNV-1a with the finish of MurmurHash3, which spreads it over all bits.
function hash(text: string, seed: number): number {
  let value = 0x811c9dc5 ^ seed
  for (let index = 0; index < text.length; index++)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return value ^ (value >>> 16)
}
