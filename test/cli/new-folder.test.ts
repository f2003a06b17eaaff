import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { copyAll } from '../../src/cli/init/new-folder.js'
import { FakeHost } from './fake-host.js'

let host: FakeHost
beforeEach(async () => {
  host = await FakeHost.create()
  await writeFile(host.path('source'), 'theirs')
})
afterEach(() => host.remove())

const copy = (paths: string[], folder: string) =>
  copyAll(
    paths.map((path) => ({ source: host.path(path === 'gone' ? 'gone' : 'source'), path })),
    host.path(folder),
    folder,
    {},
  )

it('leaves no folder behind when one file cannot be copied', async () => {
  const failed = copy(['a', join('deep', 'er', 'b'), 'gone'], 'apps/my-app')
  await expect(failed).rejects.toMatchObject({ code: 'folder_unusable' })
  expect(await readdir(host.cwd)).toEqual(['source'])
})

it('leaves an empty folder empty when one file cannot be copied', async () => {
  await mkdir(host.path('my-app'))
  await expect(copy(['a', join('deep', 'b'), 'gone'], 'my-app')).rejects.toThrow('Cannot write to my-app')
  expect(await readdir(host.path('my-app'))).toEqual([])
})

it('never overwrites a file that appeared meanwhile', async () => {
  await mkdir(host.path('my-app'))
  await writeFile(host.path('my-app/b'), 'mine')
  await expect(copy(['a', 'b'], 'my-app')).rejects.toThrow('EEXIST')
  expect(await readdir(host.path('my-app'))).toEqual(['b'])
  expect(await readFile(host.path('my-app/b'), 'utf8')).toBe('mine')
})
