import { chmod, link, lstat, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FakeHost } from './fake-host.js'
import { manage, serveDev, usersOf } from './serve-dev.js'

let host: FakeHost
beforeEach(async () => {
  host = await FakeHost.create()
})
afterEach(() => host.remove())

const STATE = ['--state', 'logto.json']
const modeOf = async (name: string) => (await lstat(host.path(name))).mode & 0o777
const textOf = (name: string) => readFile(host.path(name), 'utf8')
/** Makes a state file as an earlier run leaves it. */
const makeState = () => serveDev(host, STATE, usersOf)

it('writes the file at the start, for its owner alone', async () => {
  await serveDev(host, STATE, async () => {
    expect(await modeOf('logto.json')).toBe(0o600)
    expect(JSON.parse(await textOf('logto.json'))).toMatchObject({ version: 1 })
  })
})

it('makes a file private that others can read', async () => {
  await makeState()
  await chmod(host.path('logto.json'), 0o644)
  await serveDev(host, STATE, async () => expect(await modeOf('logto.json')).toBe(0o600))
})

it('follows no link to write: the state goes on in a file of its own, and it says so', async () => {
  const users = await makeState()
  await rename(host.path('logto.json'), host.path('theirs.json'))
  await chmod(host.path('theirs.json'), 0o644)
  const before = await textOf('theirs.json')
  await symlink('theirs.json', host.path('logto.json'))
  await serveDev(host, [...STATE, '--scope', 'more:scopes'], async (env) => {
    expect(await usersOf(env)).toEqual(users)
    expect((await lstat(host.path('logto.json'))).isFile()).toBe(true)
    expect(await modeOf('logto.json')).toBe(0o600)
  })
  expect([await textOf('theirs.json'), await modeOf('theirs.json')]).toEqual([before, 0o644])
  expect(host.errors).toContain('symbolic link')
})

it('follows no link that leads to a file which is not there yet', async () => {
  await symlink('planted.json', host.path('logto.json'))
  await serveDev(host, STATE, async () => {})
  expect((await lstat(host.path('logto.json'))).isFile()).toBe(true)
  await expect(lstat(host.path('planted.json'))).rejects.toThrow('ENOENT')
})

it('follows no link that is put there while it runs', async () => {
  await writeFile(host.path('victim'), 'theirs')
  await serveDev(host, STATE, async (env) => {
    await rename(host.path('logto.json'), host.path('moved.json'))
    await symlink('victim', host.path('logto.json'))
    await manage(env, 'POST', '/users', { username: 'frank' })
    await expect
      .poll(async () => (await lstat(host.path('logto.json'))).isFile(), { timeout: 10_000 })
      .toBe(true)
  })
  expect(await textOf('victim')).toBe('theirs')
  expect(await textOf('logto.json')).toContain('frank')
})

it('leaves the other name of a hard link as it was', async () => {
  await makeState()
  const before = await textOf('logto.json')
  await link(host.path('logto.json'), host.path('other.json'))
  await serveDev(host, [...STATE, '--scope', 'more:scopes'], async () => {})
  expect(await textOf('other.json')).toBe(before)
  expect(await textOf('logto.json')).toContain('more:scopes')
})

it.each([
  ['a directory', () => mkdir(host.path('logto.json')), 'logto.json'],
  ['in a folder that is not there', async () => {}, 'no/logto.json'],
])('serves nothing when the file is %s', async (_, prepare, path) => {
  await prepare()
  const { exitCode, errors, output } = await host.run('dev', '--port', '0', '--state', path)
  expect([exitCode, output]).toEqual([1, ''])
  expect(errors).toContain(host.path(path))
  expect(errors).toContain('Give the path of a file')
})

it('says once that the file cannot be written any more', async () => {
  await mkdir(host.path('folder'))
  await serveDev(host, ['--state', 'folder/logto.json'], async (env) => {
    await rename(host.path('folder'), host.path('away'))
    await manage(env, 'POST', '/users', { username: 'frank' })
    await expect.poll(() => host.errors, { timeout: 10_000 }).toContain('tried again every second')
    await rename(host.path('away'), host.path('folder'))
    await expect.poll(() => textOf('folder/logto.json'), { timeout: 10_000 }).toContain('frank')
  })
  expect(host.errors.split('tried again').length).toBe(2)
})
