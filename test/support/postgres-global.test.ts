import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { runCommand } from '../package/run-command.js'

const ROOT = resolve(import.meta.dirname, '../..')

// With a PostgreSQL in the run, failed tests once ended with exit code 0: nobody would have seen a red CI.
it('leaves the exit code of the run alone', async () => {
  const script = `
    const { default: setup } = await import('./test/support/postgres-global.ts')
    const stop = await setup({ provide() {} })
    await stop()
    process.exitCode = 3`
  const { code, output } = await runCommand(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script],
    { cwd: ROOT },
  )
  expect({ code, output }).toEqual({ code: 3, output: '' })
})
