/**
 * Returns the name that is nearest to `given`: the one that needs the fewest edits, capitals aside.
 *
 * @param maxEdits - names that need more are not near. Default: a quarter of the name's length.
 * @returns undefined when none is near.
 */
export function nearestName(given: string, names: Iterable<string>, maxEdits?: number): string | undefined {
  let nearest: { name: string; edits: number } | undefined
  for (const name of names) {
    const edits = editsBetween(given.toLowerCase(), name.toLowerCase())
    const isNear = edits <= (maxEdits ?? Math.ceil(name.length / 4))
    if (isNear && (!nearest || edits < nearest.edits)) nearest = { name, edits }
  }
  return nearest?.name
}

/** Counts the insertions, deletions and replacements of one character that turn one text into the other (Levenshtein). */
function editsBetween(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [row, character] of [...from].entries()) {
    const current = [row + 1]
    for (let column = 0; column < to.length; column++) {
      const replaced = (previous[column] ?? 0) + (character === to[column] ? 0 : 1)
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1))
    }
    previous = current
  }
  return previous[to.length] ?? 0
}
