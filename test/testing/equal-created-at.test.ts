import { describe, expect, it } from 'vitest'
import { createTestLogto, type SeedUser } from '../../src/testing/index.js'
import { recording } from '../contract/recordings.js'

interface Scan {
  pageSize: number
  totalNumber: number
  rows: number
  distinct: number
}

const CREATED_AT = 1767225600000

/** The recorded users: 2,000, 50 of them for each `createdAt`, in the order in which they were inserted. */
const RECORDED: SeedUser[] = Array.from({ length: 2000 }, (_, index) => ({
  id: `uuuuuuuuuuuu${index}`.slice(-12),
  createdAt: CREATED_AT + Math.floor(index / 50) * 1000,
}))

async function pagesOf(users: SeedUser[]) {
  const logto = await createTestLogto({ users })
  const scope = { audience: 'https://default.logto.app/api', scope: 'all' }
  const authorization = `Bearer ${await logto.machineToken(scope)}`
  const page = async (query: string): Promise<{ ids: string[]; total: number }> => {
    const response = await logto.fetch(`${logto.endpoint}/api/users?${query}`, { headers: { authorization } })
    const rows: unknown = await response.json()
    const ids = Array.isArray(rows) ? rows.map(({ id }) => String(id)) : []
    return { ids, total: Number(response.headers.get('total-number')) }
  }
  const scan = async (pageSize: number) => {
    const ids: string[] = []
    for (let number = 1; ids.length < users.length; number++) {
      const { ids: found, total } = await page(`page_size=${pageSize}&page=${number}`)
      expect(total).toBe(users.length)
      ids.push(...found)
    }
    return ids
  }
  return { logto, page, scan }
}

describe('users of one createdAt', () => {
  const { scans } = recording<{ scans: Record<string, Scan> }>('released/scan.json')

  it.each([100, 99, 50, 33, 20, 10, 7])(
    'are repeated and lost in pages of %i as recorded, the same ones each time',
    async (pageSize) => {
      const { scan } = await pagesOf(RECORDED)
      const recorded = scans[`page_size ${pageSize}`]
      const ids = await scan(pageSize)
      expect(ids.length).toBe(recorded?.rows)
      expect(new Set(ids).size).toBe(recorded?.distinct)
      expect(await scan(pageSize)).toEqual(ids)
    },
  )

  // The recorded rows of these requests lay in another order by then: the table had been rewritten and vacuumed.
  it.each(['sort=id', 'orderBy=id&order=asc', 'start_time=1795688811282'])(
    'are sorted and left out by no parameter: %s',
    async (parameters) => {
      const { page } = await pagesOf(RECORDED)
      expect(await page(`page_size=3&${parameters}`)).toEqual(await page('page_size=3'))
    },
  )

  it('are all found by a walk over the prefixes of ids that reads first pages only', async () => {
    const walked = recording<{ users: number; distinct: number }>('released/id-prefix-walk.json')
    expect(walked.distinct).toBe(walked.users)
    const users = Array.from({ length: 600 }, (_, index) => ({
      id: index.toString(36).padStart(3, '0').padEnd(12, 'x'),
      createdAt: CREATED_AT,
    }))
    const { page, scan } = await pagesOf(users)
    const walk = async (prefix: string): Promise<string[]> => {
      const { ids, total } = await page(`page_size=100&search.id=${prefix}%25`)
      if (total <= 100) return ids
      const next = [...'0123456789abcdefghijklmnopqrstuvwxyz'].map((letter) => walk(prefix + letter))
      return (await Promise.all(next)).flat()
    }
    expect((await walk('')).sort()).toEqual(users.map(({ id }) => id).sort())
    expect(new Set(await scan(100)).size).toBeLessThan(600)
  })
})

describe('users whose createdAt was not chosen', () => {
  it('are never equal, although many are created in one millisecond', async () => {
    const users = Array.from({ length: 500 }, () => ({}))
    const { scan, logto } = await pagesOf(users)
    const ids = await scan(7)
    expect(new Set(ids).size).toBe(500)
    expect(ids).toEqual(logto.state.users.newestFirst().map(({ id }) => id))
  })

  it('are newer than those whose createdAt lies in the past', async () => {
    const { page, logto } = await pagesOf([{ username: 'new' }, { username: 'old', createdAt: CREATED_AT }])
    const { ids } = await page('page_size=1')
    expect(ids).toEqual([logto.state.users.byIdentifier('new')?.id])
    expect(logto.state.users.byIdentifier('old')).toMatchObject({
      createdAt: CREATED_AT,
      updatedAt: CREATED_AT,
    })
  })
})
