import { describe } from 'vitest'
import { declareSuite } from './suite.js'

// contract.test.ts asks the Logto that the environment names.
describe.skipIf(process.env.LOGTO_ENDPOINT)('the development version of Logto', () => {
  declareSuite('development')
})
