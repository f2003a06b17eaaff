import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkSize } from './sizes.js'
import { ROOT } from './tarball.js'

describe.skipIf(!existsSync(join(ROOT, 'dist/webhook.js')))('the check of the bundles', () => {
  it('names a package that does not belong into a bundle, and who imports it', async () => {
    await expect(checkSize({ entry: 'webhook', maxBytes: 1_000_000, packages: [] })).rejects.toThrow(
      /^webhook: zod \(imported by dist\/[\w-]+\.js\) leaked into the bundle$/,
    )
  })

  it('names a built-in of Node', async () => {
    await expect(
      checkSize({ entry: 'interaqt', maxBytes: 1_000_000, packages: [], isForBrowsers: true }),
    ).rejects.toThrow(/Could not resolve "node:/)
  })

  it('lists the largest parts of a bundle that is too large', async () => {
    await expect(checkSize({ entry: 'browser-session', maxBytes: 1, packages: [] })).rejects.toThrow(
      /^browser-session: \d+ bytes, \d+ over its budget\.(\n +\d+ dist\/(browser-session|chunk-\w+)\.js){2,}$/,
    )
  })
})
