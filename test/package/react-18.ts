import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from './run-command.js'
import { type InstalledTarball, ROOT } from './tarball.js'

/** Uses every export of `./react`, as an application that has React 18 writes it. */
const CONSUMER = `
import { Client } from '@yourorg/interaqt-logto/browser'
import { LogtoProvider, RequireSignIn, useInteraction, useLogto } from '@yourorg/interaqt-logto/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

type Interactions = { greet: { payload: { name: string }; result: { data: string } } }
const client = new Client<Interactions>('http://127.0.0.1:3001', 'spa', 'http://127.0.0.1:4000')

function Greeting() {
  const { isAuthenticated, signOut } = useLogto()
  const { call, data, isPending } = useInteraction<Interactions, 'greet'>('greet')
  // @ts-expect-error the payload is typed
  const wrong = () => call({ name: 1 })
  return <button disabled={isPending} onClick={() => (isAuthenticated ? call({ name: 'bob' }) : signOut())} onDoubleClick={wrong}>{data?.data}</button>
}

createRoot(document.body).render(
  <StrictMode>
    <LogtoProvider client={client}>
      <RequireSignIn signIn="http://127.0.0.1:5173/" fallback={<p>One moment</p>}><Greeting /></RequireSignIn>
    </LogtoProvider>
  </StrictMode>,
)
`

/**
 * The older React that the peer range promises: the built `./react` compiles against its types, and the binding's tests
 * pass in a real browser. (The project itself has the newer one.)
 */
export async function checkReact18({ bare }: InstalledTarball): Promise<string> {
  const project = `${bare}-react-18`
  await cp(bare, project, { recursive: true })
  const packages = ['react', 'react-dom', '@types/react', '@types/react-dom'].map((name) => `${name}@18`)
  await mustRun(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...packages],
    { cwd: project },
  )

  const compilerOptions = {
    module: 'esnext',
    moduleResolution: 'bundler',
    target: 'es2022',
    lib: ['es2023', 'dom', 'dom.iterable'],
    jsx: 'react-jsx',
    strict: true,
    noEmit: true,
    types: [],
  }
  await writeFile(join(project, 'page.tsx'), CONSUMER)
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['page.tsx'] }))
  await mustRun(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.'], {
    cwd: project,
  })

  const tests = ['vitest', 'run', '--project', 'e2e', '--coverage.enabled=false', '--reporter=default']
  await mustRun('npx', ['--no-install', ...tests, 'test/react/react.e2e.test.ts'], {
    cwd: ROOT,
    env: { REACT_PROJECT: project },
  })
  return 'compiles, and passes the tests of the binding'
}
