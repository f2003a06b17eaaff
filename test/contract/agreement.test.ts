import { expect, it } from 'vitest'
import { agreementOf, type CaseResult } from './agreement.js'
import type { ContractCase } from './case.js'
import { inOrder } from './order.js'

const agrees = (subject: string, name: string): CaseResult => ({ subject, name, state: 'agrees' })
const RED = '\u001B[31m'

it('the report counts agreements and differences by area, and tells each difference', () => {
  const difference = `${RED}expected 400 to be 401\n- 401\n+ 400`
  const report = agreementOf('Logto at http://127.0.0.1:3001', [
    agrees('Tokens', 'a machine'),
    { subject: 'Keys', name: 'a rotation', state: 'differs', difference },
    agrees('Tokens', 'a refresh'),
    { subject: 'Tokens', name: 'an exchange', state: 'not run' },
  ])
  expect(report).toBe(`# Contract with Logto at http://127.0.0.1:3001

| area | cases | agree | differ | not run |
|---|---|---|---|---|
| Keys | 1 | 0 | 1 | 0 |
| Tokens | 3 | 2 | 0 | 1 |
| all | 4 | 2 | 1 | 1 |

## Differences

**Keys**: a rotation

    expected 400 to be 401
    - 401
    + 400`)
})

it('the report has room in an issue, however much differs', () => {
  const difference = Array.from({ length: 500 }, () => 'x'.repeat(5_000)).join('\n')
  const results = Array.from(
    { length: 400 },
    (_, at): CaseResult => ({ subject: 'Tokens', name: `case ${at}`, state: 'differs', difference }),
  )
  const report = agreementOf('Logto', results)
  expect(report.length).toBeLessThan(65_536 / 2)
  expect(report).toContain('| all | 400 | 0 | 400 | 0 |')
  expect(report).toContain('… and more.')
})

const caseOf = (name: string): ContractCase => ({ name, recording: '', compares: '', run: () => {} })
const GROUPS = [
  { subject: 'A', cases: Array.from({ length: 20 }, (_, at) => caseOf(`a${at}`)) },
  { subject: 'B', cases: Array.from({ length: 20 }, (_, at) => caseOf(`b${at}`)) },
]
const namesOf = (seed: string | undefined) =>
  inOrder(GROUPS, seed).flatMap(({ subject, cases }) => cases.map(({ name }) => `${subject}/${name}`))

it('a seed gives an order over all subjects, the same each time, with every case once', () => {
  const written = namesOf(undefined)
  expect(namesOf('1')).not.toEqual(written)
  expect(namesOf('1')).toEqual(namesOf('1'))
  expect(namesOf('2')).not.toEqual(namesOf('1'))
  expect(namesOf('1').toSorted()).toEqual(written.toSorted())
  expect(written[0]).toBe('A/a0')
})

it.each(['x', '1.5', '-1', '12345678901'])('the seed %s is refused', (seed) => {
  expect(() => inOrder(GROUPS, seed)).toThrow('CONTRACT_SEED')
})
