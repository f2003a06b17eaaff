type Compare<Row> = (a: Row, b: Row) => number

/**
 * Returns one page of rows in order, from an index until before another one, as PostgreSQL returns it for `ORDER BY …
 * LIMIT … OFFSET …`. Rows that compare equal come in an order that depends on the end of the page: a page that ends
 * between them repeats and loses some, the same ones each time. With the rows that were recorded it finds the numbers of
 * recordings/released/scan.json, one by one. Other plans than a sort of a table, which a larger one may have, are not
 * imitated.
 *
 * @param rows - in the order in which they are stored.
 */
export function sortedPage<Row>(
  rows: readonly Row[],
  from: number,
  until: number,
  compare: Compare<Row>,
): Row[] {
  // PostgreSQL, src/backend/utils/sort/tuplesort.c: a heap of the first rows once there are twice as many as are asked for.
  const sorted = rows.length > 2 * until ? firstByHeap(rows, until, compare) : quickSorted(rows, compare)
  return sorted.slice(from, until)
}

/** Keeps the first `count` rows in a heap whose top is the last of them. A row equal to the top is not taken. */
function firstByHeap<Row>(rows: readonly Row[], count: number, compare: Compare<Row>): Row[] {
  const heap: Row[] = []
  for (const row of rows) {
    if (heap.length < count) siftUp(heap, row, compare)
    else if (compare(row, at(heap, 0)) < 0) siftDown(heap, heap.length, row, compare)
  }
  for (let size = heap.length - 1; size > 0; size--) {
    const last = at(heap, 0)
    siftDown(heap, size, at(heap, size), compare)
    heap[size] = last
  }
  return heap
}

/** Adds a row to the heap. */
function siftUp<Row>(heap: Row[], row: Row, compare: Compare<Row>): void {
  let index = heap.length
  while (index > 0) {
    const parent = (index - 1) >> 1
    if (compare(row, at(heap, parent)) <= 0) break
    heap[index] = at(heap, parent)
    index = parent
  }
  heap[index] = row
}

/** Puts a row in the place of the top of a heap of `size` rows. */
function siftDown<Row>(heap: Row[], size: number, row: Row, compare: Compare<Row>): void {
  let index = 0
  for (;;) {
    let child = 2 * index + 1
    if (child >= size) break
    if (child + 1 < size && compare(at(heap, child), at(heap, child + 1)) < 0) child += 1
    if (compare(row, at(heap, child)) >= 0) break
    heap[index] = at(heap, child)
    index = child
  }
  heap[index] = row
}

// Bentley and McIlroy, "Engineering a sort function" (1993), as PostgreSQL's src/include/lib/sort_template.h has it.
function quickSorted<Row>(rows: readonly Row[], compare: Compare<Row>): Row[] {
  const sorted = [...rows]
  sortRange(sorted, 0, sorted.length, compare)
  return sorted
}

function sortRange<Row>(rows: Row[], start: number, length: number, compare: Compare<Row>): void {
  const order = (a: number, b: number) => compare(at(rows, a), at(rows, b))
  if (isSorted(start, length, order)) return
  if (length < 7) {
    for (let i = start + 1; i < start + length; i++) {
      for (let j = i; j > start && order(j - 1, j) > 0; j--) swap(rows, j, j - 1, 1)
    }
    return
  }
  swap(rows, start, pivotOf(start, length, order), 1)
  // Rows equal to the pivot are gathered at both ends and brought into the middle afterwards.
  let equalUntil = start + 1
  let left = start + 1
  let right = start + length - 1
  let equalFrom = start + length - 1
  for (;;) {
    for (; left <= right; left++) {
      const result = order(left, start)
      if (result > 0) break
      if (result === 0) swap(rows, equalUntil++, left, 1)
    }
    for (; left <= right; right--) {
      const result = order(right, start)
      if (result < 0) break
      if (result === 0) swap(rows, right, equalFrom--, 1)
    }
    if (left > right) break
    swap(rows, left++, right--, 1)
  }
  const end = start + length
  const equalBefore = Math.min(equalUntil - start, left - equalUntil)
  swap(rows, start, left - equalBefore, equalBefore)
  const equalAfter = Math.min(equalFrom - right, end - equalFrom - 1)
  swap(rows, left, end - equalAfter, equalAfter)
  const smaller = left - equalUntil
  const larger = equalFrom - right
  if (smaller > 1) sortRange(rows, start, smaller, compare)
  if (larger > 1) sortRange(rows, end - larger, larger, compare)
}

type Order = (a: number, b: number) => number

function isSorted(start: number, length: number, order: Order): boolean {
  for (let index = start + 1; index < start + length; index++) if (order(index - 1, index) > 0) return false
  return true
}

function pivotOf(start: number, length: number, order: Order): number {
  const middle = start + (length >> 1)
  const last = start + length - 1
  if (length <= 7) return middle
  if (length <= 40) return median(start, middle, last, order)
  const step = length >> 3
  return median(
    median(start, start + step, start + 2 * step, order),
    median(middle - step, middle, middle + step, order),
    median(last - 2 * step, last - step, last, order),
    order,
  )
}

function median(a: number, b: number, c: number, order: Order): number {
  if (order(a, b) < 0) return order(b, c) < 0 ? b : order(a, c) < 0 ? c : a
  return order(b, c) > 0 ? b : order(a, c) < 0 ? a : c
}

/** Swaps `count` rows that begin at two places. */
function swap<Row>(rows: Row[], a: number, b: number, count: number): void {
  for (let offset = 0; offset < count; offset++) {
    const row = at(rows, a + offset)
    rows[a + offset] = at(rows, b + offset)
    rows[b + offset] = row
  }
}

function at<Row>(rows: readonly Row[], index: number): Row {
  const row = rows[index]
  if (row === undefined) throw new RangeError(`no row ${index}`)
  return row
}
