import { parseArgs } from 'node:util'
import { openApplication } from './server/application.js'
import { loadEnvFile, readEnvironment } from './server/environment.js'
import { createProgressBar } from './server/progress-bar.js'

/**
 * `npm run reconcile`: compares all User records with all Logto users and repairs every difference, while the API runs or
 * not. `-- --dry-run` lists what differs and writes nothing; `-- --allow-mass-deletion` lets it mark many as deleted.
 */
const { values } = parseArgs({
  options: { 'dry-run': { type: 'boolean' }, 'allow-mass-deletion': { type: 'boolean' } },
})
const { 'dry-run': dryRun = false, 'allow-mass-deletion': allowMassDeletion = false } = values

loadEnvFile()
const env = readEnvironment()
// A PGLite in memory would be a new, empty one: the API's own is in the API's process, and reconciles itself.
if (!env.databaseUrl) throw new Error('Set DATABASE_URL: this compares the users in a PostgreSQL.')

const { sync, close } = await openApplication(env)
const bar = createProgressBar(process.stderr)
const stop = new AbortController()
// What is repaired until then stays.
process.once('SIGINT', () => stop.abort(new Error('Stopped. Another run finds the rest.')))

try {
  const { differences, ...report } = await sync.reconcile({
    dryRun,
    allowMassDeletion,
    signal: stop.signal,
    onProgress: bar.show,
    onError(error, logtoId) {
      bar.clear()
      console.error(`${logtoId}: ${messageOf(error)}`)
    },
  })
  bar.clear()
  if (differences?.length) console.table(differences)
  const { scanned, unchanged, created, updated, suspended, deleted, failed, requests, ms } = report
  console.log(
    `${scanned} users in ${(ms / 1000).toFixed(1)} s and ${requests} requests: ${unchanged} unchanged; ` +
      `${dryRun ? 'to be ' : ''}created ${created}, updated ${updated}, suspended ${suspended}, deleted ${deleted}; failed ${failed}`,
  )
  if (failed > 0) process.exitCode = 1
} catch (error) {
  bar.clear()
  console.error(messageOf(error))
  process.exitCode = 1
} finally {
  await close()
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
