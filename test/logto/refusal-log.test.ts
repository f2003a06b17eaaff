import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { HttpError } from '../../src/http/index.js'
import { RefusalLog } from '../../src/logto/refusal-log.js'
import { AuthError } from '../../src/server/index.js'

const lines: string[] = []
const logger = { info() {}, warn: (line: string) => void lines.push(line), error() {} }

beforeEach(() => {
  lines.splice(0)
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

const refused = (
  error = new AuthError('token_expired', 'The token expired'),
  route = '/interaction/:name',
) => ({
  method: 'POST',
  path: '/interaction/greet',
  route,
  error,
})

describe('the log of refusals', () => {
  it('has one line for each code and route and minute, and counts the others', () => {
    const log = new RefusalLog(logger)
    for (let time = 0; time < 5; time++) log.write(refused())
    expect(lines).toHaveLength(1)
    log.write(refused(new AuthError('key_unknown', 'x')))
    log.write(refused(undefined, '/api/:name'))
    expect(lines).toHaveLength(3)
    vi.advanceTimersByTime(60_000)
    log.write(refused())
    expect(lines).toHaveLength(4)
    expect(lines[3]).toMatch(/\(4 more like it since the last such line\)$/)
    vi.advanceTimersByTime(60_000)
    log.write(refused())
    expect(lines[4]).not.toContain('more like it')
  })

  it('goes on when the clock is set back', () => {
    const log = new RefusalLog(logger)
    log.write(refused())
    vi.setSystemTime(Date.now() - 3_600_000)
    log.write(refused())
    expect(lines).toHaveLength(2)
  })

  it('has every one in development', () => {
    vi.stubEnv('NODE_ENV', 'development')
    const log = new RefusalLog(logger)
    for (let time = 0; time < 5; time++) log.write(refused())
    expect(lines).toHaveLength(5)
  })

  it('does not grow by what callers choose: codes of conditions, and paths', () => {
    const log = new RefusalLog(logger)
    for (let time = 0; time < 1_000; time++) {
      const error = new HttpError(403, `own_${time}`, 'no')
      log.write({ method: 'POST', path: `/interaction/${time}`, route: '/interaction/:name', error })
    }
    expect(lines).toHaveLength(9)
    // The codes of this package keep lines of their own.
    log.write(refused())
    expect(lines).toHaveLength(10)
  })

  it('has a line of its own for the first codes that an application made', () => {
    const log = new RefusalLog(logger)
    for (const code of ['say_please', 'no_credits', 'say_please']) {
      log.write({ ...refused(), error: new HttpError(403, code, 'no') })
    }
    expect(lines).toHaveLength(2)
  })
})
