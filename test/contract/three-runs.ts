// `npm run test:contract:separate`: runs the suite three times, each in another order, against an embedded Logto in a
// process of its own, and compares what that Logto holds before and after.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { send, sendForm, text } from './http.js'
import { MANAGEMENT_API } from './world.js'

const MACHINE = { id: 'three-runs', secret: 'three-runs-secret' }
const COLLECTIONS = [
  'users',
  'applications',
  'resources',
  'roles',
  'organizations',
  'organization-scopes',
  'organization-roles',
  'hooks',
  'sign-in-exp',
  'account-center',
]

const server = spawn(process.execPath, ['--import', 'tsx', '--eval', startOf()], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  const endpoint = await addressOf(server)
  const before = await contentsOf(endpoint)
  for (const run of [1, 2, 3]) {
    const seed = String(Math.floor(Math.random() * 1e9))
    console.log(`run ${run} of 3, CONTRACT_SEED=${seed}`)
    const code = await runSuite(endpoint, seed)
    if (code !== 0) throw new Error(`Run ${run} failed: repeat it with CONTRACT_SEED=${seed}`)
    const after = await contentsOf(endpoint)
    if (after !== before)
      throw new Error(`Run ${run} left something behind: before ${before}, after ${after}`)
  }
  console.log('three runs agreed, and left nothing behind')
} finally {
  server.kill()
}

function startOf(): string {
  const options = {
    port: 0,
    applications: [{ ...MACHINE, name: 'suite', type: 'MachineToMachine', managementApi: true }],
  }
  const source = new URL('../../src/embedded/index.ts', import.meta.url).href
  return `import('${source}').then(async ({ startEmbeddedLogto }) => {
    const logto = await startEmbeddedLogto({ ...${JSON.stringify(options)}, log: () => {} })
    console.log(logto.url)
  })`
}

async function addressOf({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error('The process has no output')
  const [line] = await once(stdout, 'data')
  return String(line).trim()
}

async function runSuite(endpoint: string, seed: string): Promise<number> {
  const suite = spawn('npm', ['run', '--silent', 'test:contract'], {
    stdio: 'inherit',
    env: {
      ...process.env,
      CONTRACT_SEED: seed,
      LOGTO_ENDPOINT: endpoint,
      LOGTO_M2M_APP_ID: MACHINE.id,
      LOGTO_M2M_APP_SECRET: MACHINE.secret,
    },
  })
  const [code] = await once(suite, 'exit')
  return Number(code ?? 1)
}

/** What the suite could leave behind or change. */
async function contentsOf(endpoint: string): Promise<string> {
  const { id, secret } = MACHINE
  const form = {
    grant_type: 'client_credentials',
    client_id: id,
    client_secret: secret,
    resource: MANAGEMENT_API,
    scope: 'all',
  }
  const authorization = `Bearer ${text(await sendForm(`${endpoint}/oidc/token`, form), 'access_token')}`
  const answers = COLLECTIONS.map(async (name) => {
    const { status, body } = await send(`${endpoint}/api/${name}`, { headers: { authorization } })
    if (status !== 200) throw new Error(`/api/${name} answered ${status}`)
    return [name, body]
  })
  return JSON.stringify(await Promise.all(answers))
}
