import { expect, it } from 'vitest'
import { SeenUsers } from '../../src/interaqt/catch-up/seen-users.js'

it('knows everybody it has seen, and takes nobody else for seen among a hundred thousand', () => {
  const seen = new SeenUsers()
  const idOf = (index: number) => index.toString(36).padStart(12, 'a')
  for (let index = 0; index < 100_000; index++) seen.add(idOf(index))
  const missed = []
  const mistaken = []
  for (let index = 0; index < 100_000; index++) {
    if (!seen.has(idOf(index))) missed.push(index)
    if (seen.has(idOf(index + 100_000))) mistaken.push(index)
  }
  expect({ missed, mistaken }).toEqual({ missed: [], mistaken: [] })
})
