import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { jobsOf, mayPublish, mayWrite, problemsOf } from './workflow-rules.js'

const ROOT = resolve(import.meta.dirname, '../..')
const FOLDER = join(ROOT, '.github/workflows')
const names = await readdir(FOLDER)
const textOf = (name: string) => readFile(join(FOLDER, name), 'utf8')
const release = await textOf('release.yml')
const jobOf = (name: string) => jobsOf(release).find((job) => job.name === name)

describe('the workflows', () => {
  it.each(names)('%s gives no job more than it needs, and pins every action', async (name) => {
    expect(problemsOf(await textOf(name))).toEqual([])
  })

  it('give an identity to one job alone, the right to write to one other, and issues to a third', async () => {
    const texts = await Promise.all(names.map(textOf))
    const jobs = texts.flatMap(jobsOf)
    expect(jobs.filter(mayPublish).map(({ name }) => name)).toEqual(['publish', 'announce'])
    const others = jobs.filter((job) => mayWrite(job) && !mayPublish(job))
    expect(others.map(({ name, text }) => [name, text.match(/\b\w+: write\b/g)])).toEqual([
      ['report', ['issues: write']],
    ])
    expect(texts.join('').split('id-token').length).toBe(2)
    expect(jobOf('publish')?.text).toContain('id-token: write')
    expect(jobOf('publish')?.text).not.toContain('contents: write')
  })

  it('read as many steps as are written', () => {
    const steps = release.split(/^ {6}- /m).length - 1
    const read = jobsOf(release).flatMap(({ scripts, actions }) => [...scripts, ...actions])
    expect(steps).toBeGreaterThan(15)
    expect(read).toHaveLength(steps)
  })

  it('publish what was tested, as it was, with all that it brings', () => {
    const scripts = jobOf('build')?.scripts ?? []
    const at = (part: string) => scripts.findIndex((script) => script.includes(part))
    expect(at('npm ci --ignore-scripts')).toBeGreaterThan(-1)
    expect(at('.ci/audit-signatures')).toBeGreaterThan(at('npm ci --ignore-scripts'))
    expect(at('.ci/run')).toBeGreaterThan(at('.ci/audit-signatures'))
    expect(at('npm pack --ignore-scripts')).toBeGreaterThan(at('.ci/run'))
    expect(at('.ci/sbom')).toBe(at('npm pack'))
    expect(jobOf('announce')?.scripts.join()).toMatch(/gh release create .*release\/sbom\.cdx\.json/)
  })

  it.each([
    [
      'an install in the job that publishes',
      /- name: Publish/,
      '- run: npm ci\n      - name: Publish',
      'may write, and runs: npm ci',
    ],
    [
      'a script of the repository in it',
      /- name: Publish/,
      '- run: bash .ci/run\n      - name: Publish',
      'may write, and runs: bash .ci/run',
    ],
    [
      'a second command in its line',
      'npm publish "./release/$TARBALL"',
      'npm publish . && npx evil "./release/$TARBALL"',
      'publishes another way',
    ],
    [
      'the folder instead of the tarball',
      'npm publish "./release/$TARBALL"',
      'npm publish',
      'publishes another way',
    ],
    ['scripts at the publication', '--ignore-scripts\n        env', '\n        env', 'publishes another way'],
    ['no provenance', ' --provenance', '', 'publishes another way'],
    ['no checksum', /run: echo "\$SHA256.*/g, 'run: echo ok', 'does not compare the checksum first'],
    [
      'a checkout in it',
      '- uses: actions/download-artifact',
      '- uses: actions/checkout@11d5960a326750d5838078e36cf38b85af677262 # v4.4.0\n      - uses: actions/download-artifact',
      'may write, and uses actions/checkout',
    ],
    [
      'an identity for the build',
      'contents: read\n    outputs',
      'contents: read\n      id-token: write\n    outputs',
      'build: may write, and runs: npm ci',
    ],
    [
      'an identity in braces',
      'permissions:\n      contents: read',
      'permissions: { contents: read, id-token: write }',
      'build: may write, and runs: npm ci',
    ],
    [
      'all permissions for all jobs',
      'permissions: {}',
      'permissions: write-all',
      'gives every job a permission to write',
    ],
    ['no permissions for all jobs', 'permissions: {}', '', 'has no permissions for all jobs'],
    ['a job without its own', /permissions:\n {6}contents: write.*/, '', 'announce: has no permissions'],
    ['a job without a limit', '    timeout-minutes: 45\n', '', 'build: has no timeout-minutes'],
    ['a tag for an action', /upload-artifact@\w+ # /, 'upload-artifact@', 'is not pinned'],
    ['a branch for an action', /setup-node@\w+/, 'setup-node@main', 'is not pinned'],
    ['a short revision', /setup-node@\w{33}/, 'setup-node@', 'is not pinned'],
    [
      'a tag name inside a script',
      '"$GITHUB_REF_NAME" --verify',
      `\${{ github.ref_name }} --verify`,
      'an expression in',
    ],
    [
      'credentials in the work tree',
      'with: { persist-credentials: false }',
      'with: {}',
      'a checkout keeps the credentials',
    ],
    ['a stored token', 'github.token', 'secrets.TOKEN', 'holds a secret'],
    [
      'the trigger that gives strangers our permissions',
      'push: { tags',
      'pull_request_target: { tags',
      'runs the code of strangers',
    ],
    [
      'a cache that another workflow filled',
      "with: { node-version: '24' }\n      # By",
      "with: { node-version: '24', cache: npm }\n      # By",
      'may write, and takes a cache',
    ],
  ])('would have %s found', (_, from, to, problem) => {
    const changed = release.replace(from, () => to)
    expect(changed).not.toBe(release)
    expect(problemsOf(changed).join('\n')).toContain(problem)
  })
})

it.each([
  [
    'a checkout',
    /(steps:\n)(?= {6}- uses: actions\/download)/,
    '$1      - uses: actions/checkout@11d5960a326750d5838078e36cf38b85af677262 # v4.4.0\n',
    'report: may write, and uses actions/checkout',
  ],
  ['a script', /gh issue create/, 'bash report/run', 'report: may write, and runs: bash report/run'],
  ['a publication', /gh issue create/, 'npm publish', 'report: publishes without the permission'],
  ['more rights', /issues: write/, 'contents: write', 'report: does not need the build'],
])('%s in the job that opens issues would be found', async (_, from, to, problem) => {
  const text = await textOf('contract.yml')
  const changed = text.replace(from, to)
  expect(changed).not.toBe(text)
  expect(problemsOf(changed).join('\n')).toContain(problem)
})

/** Runs a program to its end. */
function run(command: string, args: string[], env: Record<string, string>, cwd: string) {
  return new Promise<{ code: number; output: string }>((done) => {
    execFile(command, args, { cwd, env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) || 1 : 0, output: stdout + stderr }),
    )
  })
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interaqt-logto-release-'))
})
afterEach(() => rm(folder, { recursive: true }))

it.skipIf(process.platform !== 'linux')(
  'the job that publishes refuses a tarball that was changed on its way',
  async () => {
    const script = jobOf('publish')?.scripts.find((one) => one.includes('sha256sum')) ?? 'false'
    const SHA256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' // "abc", FIPS 180-2, B.1
    const compare = () => run('bash', ['-e', '-c', script], { SHA256, TARBALL: 'a.tgz' }, folder)
    await mkdir(join(folder, 'release'))
    await writeFile(join(folder, 'release/a.tgz'), 'abc')
    expect(await compare()).toMatchObject({ code: 0 })
    await writeFile(join(folder, 'release/a.tgz'), 'abd')
    expect(await compare()).toMatchObject({ code: 1 })
    await rm(join(folder, 'release/a.tgz'))
    expect(await compare()).toMatchObject({ code: 1 })
  },
)

describe('the check of the signatures', () => {
  /** Runs it with an npm whose registry answers so when it is asked for its keys. */
  async function auditAt(registryOf: (url: string) => string, keys: number, npmExitCode = 0) {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.writeHead(keys).end('{}')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    const npm = [
      '#!/bin/sh',
      'case "$*" in',
      `"config get registry") echo "${registryOf(url)}";;`,
      `config*) echo "${OWN}";;`,
      `*) echo "npm $*"; exit ${npmExitCode};;`,
      'esac\n',
    ].join('\n')
    await writeFile(join(folder, 'npm'), npm)
    await chmod(join(folder, 'npm'), 0o755)
    const script = join(ROOT, '.ci/audit-signatures')
    const result = await run('bash', [script, folder], { PATH: `${folder}:${process.env.PATH}` }, folder)
    server.close()
    return { ...result, asked }
  }
  const mirror = (url: string) => `${url}/npm/`
  const OWN = 'https://own-registry.example/'

  it('runs where the registry has keys, and its result counts', async () => {
    expect(await auditAt(mirror, 200)).toEqual({
      code: 0,
      output: 'npm audit signatures\n',
      asked: ['/npm/-/npm/v1/keys'],
    })
    expect(await auditAt(mirror, 200, 1)).toMatchObject({ code: 1 })
  })

  it.each([404, 400])('is skipped where the registry says %s: it signs nothing', async (status) => {
    expect(await auditAt(mirror, status, 1)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^skipped/),
    })
  })

  it.each([500, 503, 401, 302])('fails where the registry says %s', async (status) => {
    expect(await auditAt(mirror, status)).toMatchObject({ code: 1 })
  })

  it('fails where the registry does not answer', async () => {
    expect(await auditAt(() => 'http://127.0.0.1:9/', 200)).toMatchObject({ code: 1, asked: [] })
  })

  it("is never skipped for npm's own registry", async () => {
    const own = await auditAt(() => OWN, 404, 1)
    expect(own).toEqual({ code: 1, output: 'npm audit signatures\n', asked: [] })
  })
})
