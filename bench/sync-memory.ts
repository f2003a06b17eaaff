/** A reconcile in a process of its own, whose peak memory is its own. Arguments: Logto endpoint, database as JSON. */
import { Client } from '../src/server/index.js'
import { startBenchApp } from './sync-app.js'

const [logtoEndpoint = '', database = '{}'] = process.argv.slice(2)
const logto = new Client(logtoEndpoint, 'machine', 'secret', 'http://127.0.0.1:4000')
const app = await startBenchApp(JSON.parse(database), logto, false)
const report = await app.sync.reconcile()
// Kilobytes, as getrusage(2) counts.
process.send?.({ peakKilobytes: process.resourceUsage().maxRSS, scanned: report.scanned })
await app.database.close()
