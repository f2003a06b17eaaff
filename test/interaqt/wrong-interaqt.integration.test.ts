import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../docs/markdown.js'

const run = promisify(execFile)

/** What an application of a reader has installed beside the package as it is built. */
describe('an installed interaqt that is not 4.x', () => {
  let home: string

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'wrong-interaqt-'))
    const own = join(home, 'node_modules/@yourorg/interaqt-logto')
    await mkdir(own, { recursive: true })
    await cp(join(ROOT, 'package.json'), join(own, 'package.json'))
    await cp(join(ROOT, 'dist'), join(own, 'dist'), { recursive: true })
    for (const name of ['zod', 'jose', 'hono', '@hono']) {
      await symlink(join(ROOT, 'node_modules', name), join(home, 'node_modules', name))
    }
    await writeFile(join(home, 'package.json'), JSON.stringify({ type: 'module' }))
  })
  afterAll(() => rm(home, { recursive: true, force: true }))

  /** Installs a stand-in of interaqt, imports the entry, and resolves with what the process printed. */
  async function importWith(manifest: string | undefined, code: string, entry = 'interaqt'): Promise<string> {
    const folder = join(home, 'node_modules/interaqt')
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder)
    if (manifest !== undefined) await writeFile(join(folder, 'package.json'), manifest)
    await writeFile(join(folder, 'index.js'), code)
    const script = `import('@yourorg/interaqt-logto/${entry}').then(
      () => console.log('imported'), ({ code, message }) => console.log(code + ': ' + message))`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: home })
    return stdout.trim()
  }
  const manifestOf = (version: string) =>
    JSON.stringify({ name: 'interaqt', version, type: 'module', main: 'index.js' })
  const REFUSAL =
    'peer_unsupported: @yourorg/interaqt-logto needs interaqt 4.x, found 0.8.12: npm install interaqt@4'
  const OLD_EXPORTS = 'export class Entity {}\nexport class Property {}\nexport class Controller {}\n'

  it.each(['interaqt', 'http'])('is named with its version when ./%s is imported', async (entry) => {
    expect(await importWith(manifestOf('0.8.12'), OLD_EXPORTS, entry)).toBe(REFUSAL)
  })

  it('is named also when it cannot even be loaded', async () => {
    expect(await importWith(manifestOf('0.8.12'), 'throw new Error("It needs a browser.")')).toBe(REFUSAL)
  })

  it('is named without a version when there is none to read', async () => {
    expect(await importWith('{}', OLD_EXPORTS)).toContain('needs interaqt 4.x, found another one')
  })

  it('leaves an interaqt 4 that cannot be loaded to say itself why', async () => {
    expect(await importWith(manifestOf('4.10.0'), 'throw new Error("Its file is broken.")')).toBe(
      'undefined: Its file is broken.',
    )
  })
})
