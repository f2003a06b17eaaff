import { defineConfig } from 'vitest/config'

// A run of some tests alone covers little. GitHub sets CI for those too.
const isWholeRun = ['run', 'run --mode all'].includes(process.argv.slice(2).join(' '))
const branches = (percent: number) => ({ branches: percent })

export default defineConfig(({ mode }) => ({
  test: {
    // Generous, for busy machines: a limit in time is no part of what a test asserts.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Vitest leaves a processor free; on a machine with two, that would halve the speed.
    maxWorkers: '100%',
    // V8 compiles PGLite's WebAssembly once instead of twice: almost two seconds of a processor for each file that opens one.
    execArgv: ['--liftoff-only'],
    // `npm run test:all`: see test/support/long-run.ts.
    env: mode === 'all' ? { TEST_RUN: 'all' } : {},
    // CI reads the totals and the coverage; a developer's run only prints.
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: 'coverage/test-results.json' }]]
      : ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
          exclude: ['test/**/*.integration.test.ts', 'test/**/*.e2e.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/**/*.integration.test.ts'],
          globalSetup: ['test/support/build-global.ts', 'test/support/postgres-global.ts'],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/**/*.e2e.test.ts'],
          globalSetup: ['test/support/build-global.ts'],
          testTimeout: 120_000,
        },
      },
    ],
    coverage: {
      enabled: process.env.CI === 'true',
      provider: 'v8',
      reporter: ['text-summary', 'lcovonly'],
      include: ['src/**'],
      // What runs in Chromium is not counted, so src/browser and src/react have tests in Node for every branch.
      thresholds: isWholeRun
        ? {
            'src/browser/**': branches(90),
            'src/interaqt/**': branches(90),
            'src/server/**': branches(90),
            'src/webhook/**': branches(90),
          }
        : {},
    },
  },
}))
