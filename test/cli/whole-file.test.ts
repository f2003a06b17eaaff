import { spawnSync } from 'node:child_process'
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { rewrite, writePrivate } from '../../src/cli/whole-file.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interaqt-logto-file-'))
})
afterEach(() => rm(folder, { recursive: true }))

const at = (name: string) => join(folder, name)
const modeOf = async (name: string) => (await lstat(at(name))).mode & 0o777
const textOf = (name: string) => readFile(at(name), 'utf8')
/** A process that has ended. */
const endedPid = () => spawnSync(process.execPath, ['--version']).pid

describe.each([
  ['writePrivate', writePrivate],
  ['rewrite', rewrite],
])('%s', (_, write) => {
  it('makes a file that its owner alone can read, whatever the umask', async () => {
    const umask = process.umask(0)
    try {
      await write(at('new'), 'secret')
    } finally {
      process.umask(umask)
    }
    expect([await modeOf('new'), await textOf('new')]).toEqual([0o600, 'secret'])
    expect(await readdir(folder)).toEqual(['new'])
  })

  it('puts a new file in the place of a hard link, so that the other name keeps the old text', async () => {
    await writeFile(at('theirs'), 'old')
    await link(at('theirs'), at('mine'))
    await write(at('mine'), 'secret')
    expect([await textOf('theirs'), await textOf('mine')]).toEqual(['old', 'secret'])
  })

  it('gives a process that has the old file open nothing of the new one', async () => {
    await writeFile(at('file'), 'old')
    const before = (await stat(at('file'))).ino
    await write(at('file'), 'secret')
    expect((await stat(at('file'))).ino).not.toBe(before)
  })

  it('refuses a directory, and leaves it and nothing else', async () => {
    await mkdir(at('directory'))
    await expect(write(at('directory'), 'secret')).rejects.toMatchObject({ code: 'file_unusable' })
    expect(await readdir(folder)).toEqual(['directory'])
  })

  it('refuses a folder that is not there, and names the path', async () => {
    const failed = write(at('no/file'), 'secret')
    await expect(failed).rejects.toMatchObject({
      code: 'file_unusable',
      message: expect.stringContaining(at('no/file')),
    })
    expect(await readdir(folder)).toEqual([])
  })

  it('removes what a killed run left, and only that', async () => {
    const left = [
      `file.interaqt-logto-${endedPid()}-0123456789abcdef.tmp`,
      // A run that is under way, another file's, and a name that is not ours.
      `file.interaqt-logto-${process.pid}-0123456789abcdef.tmp`,
      `other.interaqt-logto-${endedPid()}-0123456789abcdef.tmp`,
      'file.interaqt-logto-notes.tmp',
    ]
    for (const name of left) await writeFile(at(name), 'half of a sec')
    await write(at('file'), 'secret')
    expect(await readdir(folder)).toEqual([...left.slice(1), 'file'].sort())
  })

  it('follows no link that has the name of a temporary file, not even to remove it', async () => {
    await writeFile(at('victim'), 'theirs')
    await symlink('victim', at(`file.interaqt-logto-${endedPid()}-0123456789abcdef.tmp`))
    await symlink('victim', at('file.interaqt-logto.tmp'))
    await symlink('victim', at('file.tmp'))
    await write(at('file'), 'secret')
    expect([await textOf('victim'), await modeOf('file')]).toEqual(['theirs', 0o600])
  })

  it('takes another temporary name at each write, so that two runs do not write into one file', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(50_000))
    await Promise.all(texts.map((text) => write(at('file'), text)))
    expect(texts).toContain(await textOf('file'))
    expect(await readdir(folder)).toEqual(['file'])
  })
})

describe('writePrivate', () => {
  it('makes a file private that others could read', async () => {
    await writeFile(at('file'), 'old')
    await chmod(at('file'), 0o666)
    await writePrivate(at('file'), 'secret')
    expect(await modeOf('file')).toBe(0o600)
  })

  it.each(['victim', 'nowhere', 'link'])('puts a file in the place of a link to %s', async (target) => {
    await writeFile(at('victim'), 'theirs')
    await chmod(at('victim'), 0o644)
    await symlink(target, at('link'))
    await writePrivate(at('link'), 'secret')
    expect((await lstat(at('link'))).isFile()).toBe(true)
    expect([await textOf('link'), await modeOf('link')]).toEqual(['secret', 0o600])
    expect([await textOf('victim'), await modeOf('victim')]).toEqual(['theirs', 0o644])
    expect(await readdir(folder)).toEqual(['link', 'victim'])
  })

  it('puts a file in the place of a link to a directory', async () => {
    await mkdir(at('theirs'))
    await symlink('theirs', at('link'))
    await writePrivate(at('link'), 'secret')
    expect([await textOf('link'), await readdir(at('theirs'))]).toEqual(['secret', []])
  })
})

describe('rewrite', () => {
  it('keeps the mode of the file that a link leads to, and the link', async () => {
    await writeFile(at('shared'), 'old')
    await chmod(at('shared'), 0o640)
    await symlink('shared', at('link'))
    await rewrite(at('link'), 'new')
    expect([await readlink(at('link')), await textOf('shared')]).toEqual(['shared', 'new'])
    expect(await modeOf('shared')).toBe(0o640)
  })

  it('makes the file that a link leads to private, when it shall become so', async () => {
    await writeFile(at('shared'), 'old')
    await chmod(at('shared'), 0o644)
    await symlink('shared', at('link'))
    await rewrite(at('link'), 'new', { becomesPrivate: true })
    expect([await readlink(at('link')), await modeOf('shared')]).toEqual(['shared', 0o600])
  })
})

it('leaves the old file whole when the process is stopped in the middle of a write', async () => {
  await writeFile(at('file'), 'old and whole')
  const bundle = at('write.mjs')
  await build({
    entryPoints: ['src/cli/whole-file.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: bundle,
    logLevel: 'silent',
  })
  const program = `
    import { writePrivate } from ${JSON.stringify(pathToFileURL(bundle).href)}
    await writePrivate(${JSON.stringify(at('file'))}, 'x'.repeat(10_000_000))`
  // The system lets it write 8 blocks, and then ends it or refuses the rest.
  const limited = 'ulimit -f 8; exec "$0" --input-type=module --eval "$1"'
  const { status } = spawnSync('bash', ['-c', limited, process.execPath, program])
  expect(status).not.toBe(0)
  expect(await textOf('file')).toBe('old and whole')
  const left = (await readdir(folder)).filter((name) => name.endsWith('.tmp'))
  for (const name of left) expect(await modeOf(name)).toBe(0o600)

  await writePrivate(at('file'), 'new')
  expect((await readdir(folder)).sort()).toEqual(['file', 'write.mjs'])
})
