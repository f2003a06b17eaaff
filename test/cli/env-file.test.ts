import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EnvFile, readEnvFile, writeEnvFile } from '../../src/cli/env-file.js'

describe('a .env file', () => {
  it('keeps everything but the values that change: order, comments, spacing, line endings', () => {
    const text = [
      '# Logto',
      'LOGTO_ENDPOINT = http://old.example   # where it is',
      '',
      "export OTHER='a # b'",
      '#LOGTO_SPA_APP_ID=commented-out',
      'LOGTO_SPA_APP_ID=old',
    ].join('\r\n')
    const changed = new EnvFile(text).with({
      LOGTO_SPA_APP_ID: 'new',
      LOGTO_ENDPOINT: 'http://a.example',
      ADDED: '1',
    })
    expect(changed.text).toBe(
      [
        '# Logto',
        'LOGTO_ENDPOINT = http://a.example   # where it is',
        '',
        "export OTHER='a # b'",
        '#LOGTO_SPA_APP_ID=commented-out',
        'LOGTO_SPA_APP_ID=new',
        'ADDED=1',
        '',
      ].join('\r\n'),
    )
  })

  it('stays as it is, byte for byte, when it has the values already', () => {
    const text = 'A="x"\nB=y'
    expect(new EnvFile(text).with({ A: 'x', B: 'y' }).text).toBe(text)
    expect(new EnvFile(text).differences({ A: 'x', B: 'z', C: '' })).toEqual(['B', 'C'])
  })

  it.each([
    ['bare', 'A=b', 'b'],
    ['in single quotes', "A='b c'", 'b c'],
    ['in double quotes', 'A="b\\nc"', 'b\nc'],
    ['in backticks', 'A=`b"c`', 'b"c'],
    ['over several lines', 'A="b\nc"\nD=e', 'b\nc'],
    ['empty', 'A=', ''],
    ['with a comment', 'A=b # c', 'b'],
    ['with a hash in quotes', 'A="b#c"', 'b#c'],
    ['exported', 'export A=b', 'b'],
    ['twice, where the last one counts', 'A=b\nA=c', 'c'],
    ['with the line ends of Windows', 'A=b\r\nC=d\r\n', 'b'],
    ['quoted, with the line ends of Windows', 'A="b c"\r\nC=d\r\n', 'b c'],
    ['a Windows path', 'A=C:\\data\\new', 'C:\\data\\new'],
  ])('reads a value %s as Node does', (_, text, value) => {
    expect(new EnvFile(text).get('A')).toBe(value)
    expect(parseEnv(text).A).toBe(value)
  })

  it.each([
    'http://127.0.0.1:4000/interaction',
    'C:\\Users\\me\\new',
    'a b',
    'a#b',
    "it's",
    'say "hi"',
    'a$b$&',
    '',
  ])('writes %j so that Node reads the same', (value) => {
    const { text } = new EnvFile('BEFORE=1\nA=old\nAFTER=2\n').with({ A: value })
    expect(parseEnv(text)).toEqual({ BEFORE: '1', A: value, AFTER: '2' })
    expect(new EnvFile(text).get('A')).toBe(value)
  })

  it('does not touch a multi-line value beside the one that changes', () => {
    const text = 'KEY="-----BEGIN\nA=not a variable\n-----END"\nA=old\n'
    expect(new EnvFile(text).with({ A: 'new' }).text).toBe(
      'KEY="-----BEGIN\nA=not a variable\n-----END"\nA=new\n',
    )
  })

  it('refuses a value that no quotes can hold', () => {
    expect(() => new EnvFile('').with({ A: `'"\`` })).toThrow(TypeError)
    expect(() => new EnvFile('').with({ A: 'a\nb' })).toThrow(TypeError)
  })

  // Found by `npm run fuzz`.
  it.each(['A=`\n', "A='tis\nB=1\n"])('refuses a value that the open quote in %j would swallow', (text) => {
    const quotes = { A_SECRET: "'`#" }
    expect(() => new EnvFile(text).with(quotes)).toThrow('A_SECRET cannot be set')
    // A value that needs no quotes is no risk, and a closed quote none either.
    expect(new EnvFile(text).with({ B: 'b' }).get('B')).toBe('b')
    expect(new EnvFile(`A="x"\n`).with(quotes).get('A_SECRET')).toBe(quotes.A_SECRET)
  })
})

describe('on disk', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'interaqt-logto-env-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('is empty when there is none, and a new one is readable by its owner alone', async () => {
    const path = join(folder, '.env')
    const file = await readEnvFile(path)
    expect(file.text).toBe('')
    await writeEnvFile(path, file.with({ A: 'secret' }))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['.env'])
  })

  it('keeps the mode of an existing one, and a symbolic link a link', async () => {
    await writeFile(join(folder, 'shared.env'), 'A=1\n')
    await chmod(join(folder, 'shared.env'), 0o640)
    await symlink('shared.env', join(folder, '.env'))
    await writeEnvFile(join(folder, '.env'), new EnvFile('A=2\n'))
    expect(await readFile(join(folder, 'shared.env'), 'utf8')).toBe('A=2\n')
    expect((await stat(join(folder, 'shared.env'))).mode & 0o777).toBe(0o640)
  })
})
