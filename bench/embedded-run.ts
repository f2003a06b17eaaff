import { Agent, get } from 'node:http'
import type { EmbeddedLogto } from '../src/embedded/index.js'

/** What one run of an embedded Logto measured. */
export interface EmbeddedReport {
  /** Until the entry was loaded, milliseconds. */
  loadMs: number
  /** Until the first Logto of the process was ready, milliseconds. */
  readyMs: number
  /** Until the second one was ready, milliseconds. */
  secondReadyMs: number
  /** Resident memory of the idle process. */
  idleMb: number
  seedMs: number
  pagingMs: number
  /** Processor time until the first Logto was ready, the entry's loading included, milliseconds. */
  readyCpuMs: number
  /** Processor time for seeding, milliseconds. */
  seedCpuMs: number
  /** Processor time for paging, the reading client's included, milliseconds. */
  pagingCpuMs: number
  fullMb: number
  bytesPerUser: number
}

// One run in a process of its own; bench/embedded.ts starts it. The argument is the number of users.
const count = Number(process.argv[2] ?? '0')
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const begun = performance.now()
const begunCpu = cpuMs()
const { startEmbeddedLogto } = await import('../src/embedded/index.js')
const loaded = performance.now()
const first = await startEmbeddedLogto({ port: 0, log: () => {} })
const ready = performance.now()
const readyCpu = cpuMs()
await first.close()
const again = performance.now()
const machine = { id: 'm', name: 'm', type: 'MachineToMachine' as const, secret: 's', managementApi: true }
const logto = await startEmbeddedLogto({ port: 0, log: () => {}, applications: [machine] })
const secondReady = performance.now()
const idleMb = process.memoryUsage().rss / 1024 / 1024

globalThis.gc?.()
const heapBefore = process.memoryUsage().heapUsed
const seeding = performance.now()
const seedingCpu = cpuMs()
for (let index = 0; index < count; index++) {
  logto.state.users.create({
    username: `user_${index}`,
    primaryEmail: `user_${index}@example.com`,
    name: `User ${index}`,
  })
}
const seeded = performance.now()
const seededCpu = cpuMs()
globalThis.gc?.()
const heapAfter = process.memoryUsage().heapUsed
const paging = performance.now()
const pagingCpu = cpuMs()
if (count > 0) await readAll(logto, count)
const paged = performance.now()
const pagedCpu = cpuMs()
const report: EmbeddedReport = {
  loadMs: loaded - begun,
  readyMs: ready - loaded,
  secondReadyMs: secondReady - again,
  idleMb,
  seedMs: seeded - seeding,
  pagingMs: paged - paging,
  readyCpuMs: readyCpu - begunCpu,
  seedCpuMs: seededCpu - seedingCpu,
  pagingCpuMs: pagedCpu - pagingCpu,
  fullMb: process.memoryUsage().rss / 1024 / 1024,
  bytesPerUser: count > 0 ? (heapAfter - heapBefore) / count : 0,
}
console.log(JSON.stringify(report))
await logto.close()

/**
 * Reads and parses every page of 100 over HTTP, one after another, on one connection. Not with `fetch`: its own work
 * for 1,000 pages of 50 kB took 1 s of processor time, more than that of the Logto that is measured here.
 */
async function readAll({ url }: EmbeddedLogto, expected: number): Promise<void> {
  const form = { grant_type: 'client_credentials', client_id: 'm', client_secret: 's', scope: 'all' }
  const body = new URLSearchParams({ ...form, resource: 'https://default.logto.app/api' })
  const token = await (await fetch(`${url}/oidc/token`, { method: 'POST', body })).json()
  const headers = { authorization: `Bearer ${token.access_token}` }
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const seen = new Set<string>()
  for (let page = 1; seen.size < expected; page++) {
    const users: { id: string }[] = await new Promise((resolve, reject) => {
      const request = get(`${url}/api/users?page=${page}&page_size=100`, { headers, agent }, (response) => {
        let json = ''
        response.setEncoding('utf8')
        response.on('data', (text: string) => (json += text))
        response.on('end', () => resolve(JSON.parse(json)))
        response.on('error', reject)
      })
      request.on('error', reject)
    })
    if (users.length === 0) throw new Error(`only ${seen.size} users on ${page} pages`)
    for (const { id } of users) seen.add(id)
  }
  agent.destroy()
}
