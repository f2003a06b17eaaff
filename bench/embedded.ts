import { execFile } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import type { EmbeddedReport } from './embedded-run.js'
import { median } from './interleaved.js'

// Run by `npx tsx bench/embedded.ts`. Each run is a fresh process that loads the embedded Logto as its users do, built.

const RUNS = 7
const FULL_RUNS = 3
const READY_LIMIT_MS = 500
const PAGING_LIMIT_MS = 5_000

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))
// Below node_modules, so that the bundle finds its peers.
const folder = `${root}/node_modules/.cache/bench-embedded`

await mkdir(folder, { recursive: true })
try {
  await build({
    absWorkingDir: root,
    entryPoints: { embedded: 'src/embedded/index.ts', run: 'bench/embedded-run.ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    packages: 'external',
    splitting: true,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
  })
  const reports: EmbeddedReport[] = []
  for (let index = 0; index < RUNS; index++) reports.push(await measure('0'))
  const full: EmbeddedReport[] = []
  for (let index = 0; index < FULL_RUNS; index++) full.push(await measure('100000'))

  const ready = median(reports.map((report) => report.readyMs))
  const loaded = median(reports.map((report) => report.loadMs))
  const second = median(reports.map((report) => report.secondReadyMs))
  line('load the entry', loaded)
  line('start, first in the process', ready, READY_LIMIT_MS)
  line('start, again in the process', second, READY_LIMIT_MS)
  const both = median(full.map(({ seedMs, pagingMs }) => seedMs + pagingMs))
  line('seed 100,000 users and read all 1,000 pages', both, PAGING_LIMIT_MS)
  line('  of that, seeding', median(full.map((report) => report.seedMs)))
  // On a busy machine the processor time says what an idle one would take.
  line('processor time: load and first start', median(reports.map((report) => report.readyCpuMs)))
  line('processor time: seed 100,000 users', median(full.map((report) => report.seedCpuMs)))
  line('processor time: read and parse all pages', median(full.map((report) => report.pagingCpuMs)))
  memory('resident, idle', median(reports.map((report) => report.idleMb)))
  memory('resident, with 100,000 users', median(full.map((report) => report.fullMb)))
  memory('heap of a user, of 100,000', median(full.map((report) => report.bytesPerUser)) / 1024 / 1024)
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function measure(users: string): Promise<EmbeddedReport> {
  const { stdout } = await run(process.execPath, ['--expose-gc', `${folder}/run.mjs`, users], { cwd: root })
  return JSON.parse(stdout)
}

function line(what: string, ms: number, limitMs?: number): void {
  const ratio = limitMs === undefined ? '' : `  ${(ms / limitMs).toFixed(2)} of ${limitMs} ms allowed`
  console.log(`${what.padEnd(46)} ${ms.toFixed(0).padStart(6)} ms${ratio}`)
}

function memory(what: string, megabytes: number): void {
  const text = megabytes < 0.1 ? `${(megabytes * 1024).toFixed(2)} kB` : `${megabytes.toFixed(0)} MB`
  console.log(`${what.padEnd(46)} ${text.padStart(9)}`)
}
