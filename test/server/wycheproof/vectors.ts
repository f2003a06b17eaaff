import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const FOLDER = join(import.meta.dirname, '../../fixtures/wycheproof')

const Jwk = z.looseObject({
  kty: z.string(),
  kid: z.string().optional(),
  alg: z.string().optional(),
  crv: z.string().optional(),
  k: z.string().optional(),
})
const Keys = z.union([Jwk, z.object({ keys: z.array(Jwk) })])

const File = z.object({
  numberOfTests: z.number(),
  testGroups: z.array(
    z.object({
      comment: z.string(),
      // Symmetric keys have no public half.
      private: Keys,
      public: Keys.optional(),
      tests: z.array(
        z.object({
          tcId: z.number(),
          comment: z.string(),
          jws: z.string(),
          result: z.enum(['valid', 'invalid']),
          flags: z.array(z.string()),
        }),
      ),
    }),
  ),
})

/** A key of Wycheproof. */
export type WycheproofJwk = z.infer<typeof Jwk>

/** One vector, with the keys of its group. */
export interface Vector {
  tcId: number
  comment: string
  jws: string
  result: 'valid' | 'invalid'
  group: string
  /** The first private or secret key of the group. */
  signingKey: WycheproofJwk
  /** What a key set would show: the public keys, or the secret ones where there are no others. */
  shown: WycheproofJwk[]
  /** How many vectors of the same group and comment come before it. */
  index: number
}

/** Returns every vector of a file. @throws ZodError when the file has another form. */
export function vectorsOf(file: 'json_web_signature_test' | 'json_web_key_test'): Vector[] {
  const { testGroups, numberOfTests } = File.parse(
    JSON.parse(readFileSync(join(FOLDER, `${file}.json`), 'utf8')),
  )
  const vectors = testGroups.flatMap((group) => {
    const secret = keysOf(group.private)
    const [signingKey] = secret
    if (!signingKey) throw new Error(`The group ${group.comment} has no key`)
    const shown = group.public ? keysOf(group.public) : secret
    return group.tests.map(({ tcId, comment, jws, result }, at) => {
      const index = group.tests.slice(0, at).filter((test) => test.comment === comment).length
      return { tcId, comment, jws, result, group: group.comment, signingKey, shown, index }
    })
  })
  if (vectors.length !== numberOfTests)
    throw new Error(`Expected ${numberOfTests} vectors, got ${vectors.length}`)
  return vectors
}

function keysOf(keys: z.infer<typeof Keys>): WycheproofJwk[] {
  const list = Keys.options[1].safeParse(keys)
  return list.success ? list.data.keys : [Jwk.parse(keys)]
}
