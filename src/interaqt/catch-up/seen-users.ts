/** 8 MiB: at a million users one absent user in ten million is taken for present. */
const BITS = 2 ** 26
const HASHES = 7

/**
 * Which Logto users a full pass has seen, in memory of a fixed size (a Bloom filter). What it has not seen is certain.
 * What it has seen may rarely be a mistake; the seed is new for each pass, so the next one makes another.
 */
export class SeenUsers {
  readonly #words = new Uint32Array(BITS / 32)
  readonly #seed = (Math.random() * 2 ** 32) >>> 0

  // Two hashes make all (Kirsch and Mitzenmacher, "Less Hashing, Same Performance").
  add(logtoId: string): void {
    const [first, step] = this.#hashesOf(logtoId)
    for (let count = 0, bit = first; count < HASHES; count++, bit = (bit + step) | 0) {
      const index = (bit & (BITS - 1)) >>> 5
      this.#words[index] = (this.#words[index] ?? 0) | (1 << (bit & 31))
    }
  }

  has(logtoId: string): boolean {
    const [first, step] = this.#hashesOf(logtoId)
    for (let count = 0, bit = first; count < HASHES; count++, bit = (bit + step) | 0) {
      const word = this.#words[(bit & (BITS - 1)) >>> 5] ?? 0
      if ((word & (1 << (bit & 31))) === 0) return false
    }
    return true
  }

  #hashesOf(logtoId: string): [number, number] {
    const other = Math.imul(this.#seed, 0x9e3779b1) ^ 0x85ebca6b
    return [hash(logtoId, this.#seed), hash(logtoId, other) | 1]
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
