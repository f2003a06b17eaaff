// What the verifier answers to each vector of Wycheproof, by `tcId`. Every vector is in one row and no more.

/** The vectors of `json_web_signature_test.json` over good claims; those of an HMAC are made with an ES256 key. */
export const SIGNATURE_ANSWERS: Record<string, string> = {
  accepted: '1, 18, 33, 259-275, 287-288, 320-323, 325-328, 345, 348-349, 352, 357-359, 376-378',
  // 2-37 altered or missing, 32 a key in the header, 46-258 the padding of PKCS #1, 276-319 that of PSS, 324-340 another
  // primitive under the right name, 379-401 r and s out of range.
  signature_invalid:
    '2-3, 5, 19-20, 22, 32, 34-35, 37, 46-258, 276-286, 289-319, 324, 329-331, 333, 335, 337, 339, 379-401',
  // Another number of segments, an empty one, JSON serialization; and base64url that is not strict.
  token_malformed: '4, 6-7, 9-12, 14-15, 17, 21, 23-24, 26-29, 36, 38-39, 41-44, 360-371, 372-373, 374-375',
  token_missing: '13, 30, 45',
  // 8, 25, 40 another kid; 353-356 a key for encryption.
  key_unknown: '8, 25, 40, 353-356',
  // 16, 341-344 none; 31 HMAC with the public key; 332-340 not the algorithm of the key; 346-351 below.
  algorithm_not_allowed: '16, 31, 332, 334, 336, 338, 340-344, 346-347, 350-351',
}

/** The vectors of `json_web_key_test.json` over good claims, signed with the key of the vector. */
export const KEY_ANSWERS: Record<string, string> = {
  accepted: '5',
  // 6, 21 for encryption; 7 ROCA; 8 too short; 9 e = 1; 22 off its curve.
  key_unknown: '6-9, 21-22',
  // 1-4, 10-18, 25-26 secrets in the key set; 19-20 an unknown alg; 23-24 another curve or type than the algorithm's.
  algorithm_not_allowed: '1-4, 10-20, 23-26',
}

/** Where we are stricter than the RFCs: valid vectors that are refused, and why. */
export const STRICTER: readonly { why: string; signatures: string; keys?: string }[] = [
  {
    why: 'the alg of the key is no algorithm ("ES521"), or not the one of the header: a key is for one algorithm',
    signatures: '346-347, 350-351',
  },
  {
    why: 'base64url with a character that is none: RFC 4648, section 3.3, lets a specification ignore it, RFC 7515 does not',
    signatures: '372-373',
  },
]

/** Further valid vectors that are refused as they are, though good claims pass with the same signature. */
export const STRICTER_AS_THEY_ARE: typeof STRICTER = [
  {
    why: 'HMAC: the key set is public, so that everybody could sign with a key in it',
    signatures: '1, 348, 352, 357-359, 376-377',
    keys: '2, 13-15',
  },
  { why: 'an empty payload: a token has claims', signatures: '259, 264, 268, 272, 320, 325' },
]

/** Reads `1, 3-5`. */
export function numbersOf(ranges: string): number[] {
  return ranges.split(', ').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, index) => from + index)
  })
}

/** Returns the answers by `tcId`. @throws Error when a vector is in two rows. */
export function answersByVector(rows: Record<string, string>): Map<number, string> {
  const answers = new Map<number, string>()
  for (const [answer, ranges] of Object.entries(rows)) {
    for (const tcId of numbersOf(ranges)) {
      if (answers.has(tcId)) throw new Error(`The vector ${tcId} is in two rows`)
      answers.set(tcId, answer)
    }
  }
  return answers
}
