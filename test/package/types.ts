import { cp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from './run-command.js'
import { type InstalledTarball, linkPackage, PEERS, ROOT } from './tarball.js'

const NODENEXT = { module: 'nodenext', moduleResolution: 'nodenext' }
const BUNDLER = { module: 'esnext', moduleResolution: 'bundler' }

/**
 * The built types are right for a strict consumer, under both resolutions, with and without `skipLibCheck`: with
 * `interaqt` absent for the entries that promise it, and with every optional peer for the others.
 */
export async function checkTypes({ bare }: InstalledTarball): Promise<string> {
  const project = `${bare}-typed`
  await cp(bare, project, { recursive: true })
  // A server has Node's types; webhook.d.ts speaks of node:http.
  for (const name of ['@types/node', 'undici-types']) await linkPackage(name, project)
  for (const resolution of [NODENEXT, BUNDLER])
    for (const skipLibCheck of [true, false])
      await compile(project, { file: 'consumer.ts', resolution, skipLibCheck })

  for (const name of [...PEERS, '@types/react', '@types/oidc-provider']) await linkPackage(name, project)
  // The peers' own types are not for us to check: under nodenext those of interaqt have errors.
  for (const resolution of [NODENEXT, BUNDLER])
    await compile(project, { file: 'with-peers.ts', resolution, skipLibCheck: true })
  await rm(project, { recursive: true })
  return 'the entries without peers by 4 compiler settings, the others by 2'
}

interface Compilation {
  file: string
  resolution: typeof NODENEXT
  skipLibCheck: boolean
}

async function compile(project: string, { file, resolution, skipLibCheck }: Compilation): Promise<void> {
  const compilerOptions = {
    ...resolution,
    skipLibCheck,
    target: 'es2022',
    lib: ['es2023', 'dom', 'dom.iterable'],
    strict: true,
    noUncheckedIndexedAccess: true,
    // The types of @logto/client do not hold under it; a consumer who has both it and their checks on sees that today.
    exactOptionalPropertyTypes: skipLibCheck,
    verbatimModuleSyntax: true,
    noEmit: true,
    types: ['node'],
  }
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }))
  await mustRun(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.'], {
    cwd: project,
  })
}
