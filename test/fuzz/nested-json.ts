import fc from 'fast-check'

const MARK = /"@nested:(\d+)@"/g

/** JSON values, among them such that are nested so deeply that whatever recurses runs out of stack. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: fc.jsonValue() },
  { weight: 1, arbitrary: fc.constantFrom(100, 5_000, 50_000, 150_000).map((depth) => `@nested:${depth}@`) },
)

/** Returns the JSON text of a value; a mark of `anyJson` becomes as many arrays in each other. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value).replace(MARK, (_, depth) => '['.repeat(depth) + ']'.repeat(depth))
}
