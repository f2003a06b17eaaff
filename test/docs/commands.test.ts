import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FakeHost } from '../cli/fake-host.js'
import { pages, readPage } from './markdown.js'

// "npx interaqt-logto setup --yes", also with the package's full name, in blocks of sh and within sentences.
const COMMAND = /\b(?:npx @yourorg\/|npx )interaqt-logto ([a-z]+)((?: +(?!`|#)[^\s`#]+)*)/g

const commands = pages().flatMap((page) =>
  [...readPage(page).matchAll(COMMAND)].map(([line, name = '', rest = '']) => ({
    line: `${page}: ${line}`,
    name,
    flags: rest.split(/[ =]/).filter((word) => word.startsWith('--')),
  })),
)

describe('the commands that pages show', () => {
  let host: FakeHost
  beforeAll(async () => {
    host = await FakeHost.create()
  })
  afterAll(() => host.remove())

  it('are there', () => expect(commands.length).toBeGreaterThan(20))

  it.each([...new Set(commands.map(({ name }) => name))])(
    '%s exists, and has all flags that they give',
    async (name) => {
      const { exitCode, output } = await host.run(name, '--help')
      expect(exitCode).toBe(0)
      const known: string[] = output.match(/--[a-z][a-z-]*/g) ?? []
      const unknown = commands
        .filter((command) => command.name === name)
        .filter(({ flags }) => flags.some((flag) => !known.includes(flag)))
      expect(unknown.map(({ line }) => line)).toEqual([])
    },
  )
})
