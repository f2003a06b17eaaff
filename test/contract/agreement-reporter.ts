import { writeFile } from 'node:fs/promises'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { agreementOf, type CaseResult } from './agreement.js'

const STATES = { passed: 'agrees', failed: 'differs', skipped: 'not run', pending: 'not run' } as const

/**
 * Prints the agreements and differences of a contract run by area, and writes them to the file that `CONTRACT_REPORT`
 * names. `npm run test:contract` uses it.
 */
export default class AgreementReporter implements Reporter {
  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const contract = modules.find(({ moduleId }) => moduleId.endsWith('/contract/contract.test.ts'))
    if (!contract) return
    // Tests outside of a group are about the suite itself.
    const results = [...contract.children.allTests()].flatMap((test) =>
      test.parent.type === 'suite' ? [resultOf(test, test.parent.name)] : [],
    )
    const errors = contract.errors().map(({ message }) => message)
    const logto = contract.meta().logto ?? `a Logto that could not be prepared: ${errors.join('; ')}`
    const report = agreementOf(logto, results)
    console.log(`\n${report}\n`)
    const file = process.env.CONTRACT_REPORT
    if (file) await writeFile(file, `${report}\n`)
  }
}

function resultOf(test: TestCase, subject: string): CaseResult {
  const { state, errors } = test.result()
  const difference = errors?.map(({ message, diff }) => (diff ? `${message}\n${diff}` : message)).join('\n')
  return {
    subject,
    name: test.name,
    state: STATES[state],
    ...(difference !== undefined && { difference }),
  }
}
