import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { counted, Terminal, wrap } from '../../src/cli/terminal.js'
import { FakeHost } from './fake-host.js'

let host: FakeHost
beforeEach(async () => {
  host = await FakeHost.create()
})
afterEach(() => host.remove())

const RED = '\u001b[31m'
const isColoured = (text: string) => text.includes('\u001b')

describe('colour', () => {
  const print = (isJson = false) => {
    const terminal = new Terminal(host, isJson)
    terminal.line(terminal.style('red', 'a line'))
    terminal.error('an error', { text: 'Error:', style: 'red' })
    return { output: isColoured(host.output), errors: isColoured(host.errors) }
  }

  it('is for terminals', () => {
    host.isInteractive = true
    host.isErrorTerminal = true
    expect(print()).toEqual({ output: true, errors: true })
    expect(host.errors).toBe(`${RED}Error:\u001b[39m an error\n`)
  })

  it('is for the one of the two that is a terminal', () => {
    host.isErrorTerminal = true
    expect(print()).toEqual({ output: false, errors: true })
  })

  it('is for no file', () => {
    host.isInteractive = true
    expect(print()).toEqual({ output: true, errors: false })
  })

  it.each([
    ['NO_COLOR', '1'],
    ['TERM', 'dumb'],
  ])('is not for %s=%s', (name, value) => {
    host.isInteractive = true
    host.isErrorTerminal = true
    host.env[name] = value
    expect(print()).toEqual({ output: false, errors: false })
  })
})

describe('while something is under way', () => {
  const work = async (step: (message: string) => void) => {
    step('one')
    step('two')
    return 'done'
  }

  it('shows the steps to a person, and that it is done', async () => {
    host.isInteractive = true
    const result = await new Terminal(host).during('Working', work, { steps: 2, lastWord: 'Worked' })
    expect([result, host.progress]).toEqual(['done', ['Working (2)', 'one', 'two', 'Worked']])
  })

  it('says when it failed', async () => {
    host.isInteractive = true
    const failing = new Terminal(host).during('Working', () => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    expect(host.progress).toEqual(['Working', 'Working: failed'])
  })

  it('is silent where nobody looks, and with --json', async () => {
    await new Terminal(host).during('Working', work)
    host.isInteractive = true
    await new Terminal(host, true).during('Working', work)
    expect(host.progress).toEqual([])
  })
})

describe('text', () => {
  it('is broken into lines of 80 columns, and a long word stays whole', () => {
    const url = `http://${'a'.repeat(90)}.example`
    const lines = wrap(`${'word '.repeat(40)}${url} end`, 4).split('\n')
    expect(lines.filter((line) => line.length > 80)).toEqual([`    ${url}`])
    expect(lines.every((line) => line.startsWith('    '))).toBe(true)
  })

  it('counts', () => {
    expect([0, 1, 2].map((count) => counted(count, 'failure'))).toEqual([
      '0 failures',
      '1 failure',
      '2 failures',
    ])
  })
})
