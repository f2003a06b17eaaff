import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { shipTemplates } from '../../examples/ship-templates.js'
import manifest from '../../package.json' with { type: 'json' }
import { packageNameProblem, similarPackageName } from '../../src/cli/init/package-name.js'
import { mustRun } from '../package/run-command.js'
import { FakeHost } from './fake-host.js'

const VERSION = `^${manifest.version}`

let host: FakeHost
beforeAll(shipTemplates)
beforeEach(async () => {
  host = await FakeHost.create()
})
afterEach(() => host.remove())

const manifestIn = async (folder: string) =>
  JSON.parse(await readFile(join(host.path(folder), 'package.json'), 'utf8'))
const filesIn = async (folder: string) => (await readdir(host.path(folder), { recursive: true })).sort()
const errorOf = async (...args: string[]) => {
  const { exitCode, output } = await host.run('init', ...args, '--json')
  expect(exitCode).toBe(1)
  return JSON.parse(output).error
}

describe('init', () => {
  it('copies the starter, names it, and says how to go on', async () => {
    const { exitCode, output, errors } = await host.run('init', 'my-app')
    expect([exitCode, errors]).toEqual([0, ''])
    expect(output).toContain(`my-app is in ${host.path('my-app')}`)
    expect(output.trimEnd().split('\n').slice(-2)).toEqual(['  cd my-app', '  npm install && npm run dev'])

    const copied = await manifestIn('my-app')
    expect(copied.name).toBe('my-app')
    expect(copied.dependencies[manifest.name]).toBe(VERSION)
    expect(copied.dependencies['better-sqlite3']).toBe('file:./stand-ins/better-sqlite3')
    const files = await filesIn('my-app')
    expect(files).toEqual(
      expect.arrayContaining([
        '.env.example',
        '.gitignore',
        'README.md',
        'server.ts',
        'stand-ins/better-sqlite3/index.js',
        'src/main.ts',
      ]),
    )
    expect(files.filter((file) => /node_modules|^dist|^gitignore$|^\.env$/.test(file))).toEqual([])
    expect(host.requests).toEqual([])
  })

  it('copies the React example with --template react', async () => {
    const { exitCode } = await host.run('init', 'my-app', '--template', 'react')
    expect(exitCode).toBe(0)
    const copied = await manifestIn('my-app')
    expect([copied.name, copied.dependencies[manifest.name]]).toEqual(['my-app', VERSION])
    expect(copied.dependencies).toHaveProperty('react')
    expect(await filesIn('my-app')).toEqual(
      expect.arrayContaining([
        '.gitignore',
        'server.ts',
        'src/main.tsx',
        'stand-ins/better-sqlite3/index.js',
      ]),
    )
  })

  it.each(['starter', 'react'])('copies the files of examples/%s as they are', async (template) => {
    await host.run('init', 'my-app', '-t', template)
    const committed = (await mustRun('git', ['ls-files', '.'], { cwd: `examples/${template}` }))
      .trim()
      .split('\n')
    expect((await filesIn('my-app')).filter((path) => /\.\w+$/.test(path))).toEqual(committed.sort())
    for (const entry of await readdir(host.path('my-app'), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name === 'package.json') continue
      const copy = join(entry.parentPath, entry.name)
      const original = copy.replace(host.path('my-app'), `examples/${template}`)
      expect(await readFile(copy, 'utf8'), original).toBe(await readFile(original, 'utf8'))
    }
  })

  it('prints one JSON value with --json', async () => {
    const { output } = await host.run('init', 'apps/my-app', '--json')
    expect(JSON.parse(output)).toEqual({
      folder: host.path('apps/my-app'),
      name: 'my-app',
      template: 'starter',
      version: manifest.version,
      files: (await readdir(host.path('apps/my-app'), { recursive: true, withFileTypes: true })).filter(
        (entry) => entry.isFile(),
      ).length,
      next: ['cd apps/my-app', 'npm install && npm run dev'],
    })
  })

  it('shows a person on a terminal that it is copying', async () => {
    host.isInteractive = true
    await host.run('init', 'my-app')
    expect(host.progress).toEqual(['Copying the starter template', 'Copying the starter template'])
  })

  it('takes an absolute path, and quotes one with spaces for the shell', async () => {
    const folder = host.path('new apps/my-app')
    const { output } = await host.run('init', folder)
    expect(output).toContain(`  cd "${folder}"\n`)
    expect((await manifestIn('new apps/my-app')).name).toBe('my-app')
  })

  it('takes . for an empty folder that one is in, also a repository that was just made', async () => {
    await mkdir(host.path('my-app/.git'), { recursive: true })
    const inside = new FakeHost(host.path('my-app'))
    const { exitCode, output } = await inside.run('init', '.')
    expect(exitCode).toBe(0)
    expect(output).not.toContain('cd ')
    expect(output).toContain('  npm install && npm run dev\n')
    expect((await manifestIn('my-app')).name).toBe('my-app')
  })

  it('takes another name with --name', async () => {
    await host.run('init', 'My App', '--name', '@acme/app')
    expect((await manifestIn('My App')).name).toBe('@acme/app')
  })
})

describe.each(['starter', 'react'])('a copy of %s in git', (template) => {
  it('does not commit secrets, packages or what was built', async () => {
    await host.run('init', 'my-app', '-t', template)
    const git = (...args: string[]) => mustRun('git', args, { cwd: host.path('my-app') })
    await git('init', '--quiet')
    for (const path of [
      '.env',
      '.env.local',
      'node_modules/a/index.js',
      'dist/index.html',
      '.data/db',
      'npm.log',
    ]) {
      await mkdir(dirname(host.path(`my-app/${path}`)), { recursive: true })
      await writeFile(host.path(`my-app/${path}`), 'x')
    }
    await git('add', '-A')
    const staged = (await git('ls-files')).trim().split('\n')
    expect(staged).toEqual(expect.arrayContaining(['.env.example', '.gitignore', 'package.json']))
    expect(
      staged.filter((path) => /^(\.env|\.env\.local|npm\.log)$|^(node_modules|dist|\.data)\//.test(path)),
    ).toEqual([])
  })
})

describe('init refuses', () => {
  it('a folder with something in it, and leaves it as it is', async () => {
    await mkdir(host.path('my-app'))
    await writeFile(host.path('my-app/README.md'), 'mine')
    const { exitCode, errors } = await host.run('init', 'my-app')
    expect(exitCode).toBe(1)
    expect(errors).toContain('Error: my-app is not empty: it has README.md.')
    expect(errors).toContain('Nothing was changed.')
    expect(await filesIn('my-app')).toEqual(['README.md'])
    expect(await readFile(host.path('my-app/README.md'), 'utf8')).toBe('mine')
    expect((await errorOf('my-app')).code).toBe('folder_taken')
  })

  it('the same through a symbolic link', async () => {
    await mkdir(host.path('mine'))
    await writeFile(host.path('mine/.env'), 'mine')
    await symlink(host.path('mine'), host.path('my-app'))
    expect((await errorOf('my-app')).code).toBe('folder_taken')
    expect(await filesIn('mine')).toEqual(['.env'])
  })

  it('a file, and a folder in a file', async () => {
    await writeFile(host.path('my-app'), 'mine')
    expect((await errorOf('my-app')).code).toBe('folder_taken')
    expect((await errorOf('my-app/inside')).code).toBe('folder_taken')
    expect(await readFile(host.path('my-app'), 'utf8')).toBe('mine')
  })

  it('. where there is something, by the words of who is in there', async () => {
    await writeFile(host.path('notes.txt'), 'mine')
    expect(await errorOf('.', '--name', 'my-app')).toMatchObject({
      code: 'folder_taken',
      message: 'This folder is not empty: it has notes.txt.',
    })
  })

  it.each([
    ['My App', 'has capital letters', 'my-app'],
    ['my app', 'has characters other than', 'my-app'],
    ['.hidden', 'begins with a dot', 'hidden'],
    ['_private', 'begins with a dot', 'private'],
    ['node_modules', 'is reserved', undefined],
    ['http', 'is reserved', undefined],
    ['Ünïcode', 'has capital letters', 'unicode'],
    ['日本', 'has characters other than', undefined],
    ['interaqt', 'is a package that the application needs', 'interaqt-app'],
    ['a'.repeat(215), 'is longer than 214 characters', 'a'.repeat(214)],
  ])('the name %s', async (name, problem, similar) => {
    const { code, message, remedy } = await errorOf(name)
    expect(code).toBe('name_invalid')
    expect(message).toContain(problem)
    if (similar) expect(remedy).toContain(`such as ${similar}.`)
    else expect(remedy).not.toContain('such as')
    expect(await filesIn('.')).toEqual([])
  })

  it('an empty folder name, as an unset variable gives it', async () => {
    expect((await errorOf('')).code).toBe('value_invalid')
    expect(await filesIn('.')).toEqual([])
  })

  it('no folder, and an unknown template', async () => {
    expect((await host.run('init')).errors).toContain("missing required argument 'folder'")
    expect((await host.run('init', 'my-app', '-t', 'vue')).errors).toContain('starter, react')
    expect(await filesIn('.')).toEqual([])
  })

  it.skipIf(process.getuid?.() === 0)('a folder that nobody may write to', async () => {
    await mkdir(host.path('locked'), { mode: 0o555 })
    const { code, message } = await errorOf('locked/my-app')
    await chmod(host.path('locked'), 0o755)
    expect([code, message]).toEqual([
      'folder_unusable',
      expect.stringContaining('Cannot write to locked/my-app'),
    ])
  })
})

describe('names of packages', () => {
  it.each(['my-app', 'a', 'app.2', 'my_app', '@acme/app', '0'])('%s is valid', (name) => {
    expect(packageNameProblem(name)).toBeUndefined()
  })

  it.each(['', 'a b', 'a/b', '@acme', '@/app', '../app', 'a~', 'node:fs', 'favicon.ico', '-app', "it's"])(
    '%s is not',
    (name) => {
      expect(packageNameProblem(name)).toBeDefined()
      const similar = similarPackageName(name)
      if (similar !== undefined) expect(packageNameProblem(similar)).toBeUndefined()
    },
  )
})
