const keys = new WeakMap<Element, string>()

/**
 * Makes a list show these things. Items that show one of them already stay as they are, so that a keyboard's focus stays
 * where it is while the page refreshes.
 *
 * @returns what should have the focus now, when the item that had it has gone: a button of the item that took its place;
 *   undefined when no item is left that has one; `unchanged` when the focus stayed.
 */
export function fillList<T>(
  list: HTMLElement,
  things: T[],
  toItem: (thing: T) => HTMLElement,
): HTMLElement | undefined | 'unchanged' {
  const focusedAt = [...list.children].findIndex((item) => item.contains(document.activeElement))
  const present = new Map([...list.children].map((item) => [keys.get(item), item]))
  const items = things.map((thing) => {
    const key = JSON.stringify(thing)
    const item = present.get(key) ?? toItem(thing)
    keys.set(item, key)
    return item
  })
  for (const item of present.values()) if (!items.includes(item)) item.remove()
  // What is in its place already is not moved: a move takes the focus away.
  items.forEach((item, index) => {
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null)
  })
  if (focusedAt < 0 || list.contains(document.activeElement)) return 'unchanged'
  const buttons = items.map((item) => item.querySelector('button')).filter((button) => button !== null)
  const after = items.slice(focusedAt).map((item) => item.querySelector('button'))
  return after.find((button) => button !== null) ?? buttons.at(-1)
}
