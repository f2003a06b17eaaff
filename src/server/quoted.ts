/**
 * A value from outside, fit for a message: quoted, so that it cannot break a log's lines, and cut, so that it cannot
 * flood it.
 */
export function quoted(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing'
  return json.length > 200 ? `${json.slice(0, 200)}…` : json
}
