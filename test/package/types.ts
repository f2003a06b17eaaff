import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from './run-command.js'
import { type InstalledTarball, linkPackage, ROOT } from './tarball.js'

const RESOLUTIONS = [
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
]

/**
 * The built types are right for a strict consumer: with `interaqt` absent for the entries that promise it (`bare`), and
 * with and without `skipLibCheck`.
 */
export async function checkTypes({ bare }: InstalledTarball): Promise<string> {
  const project = `${bare}-typed`
  await cp(bare, project, { recursive: true })
  // A server has Node's types; webhook.d.ts speaks of node:http.
  for (const name of ['@types/node', 'undici-types']) await linkPackage(name, project)
  let cases = 0
  for (const resolution of RESOLUTIONS)
    for (const skipLibCheck of [true, false]) {
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
      await writeFile(
        join(project, 'tsconfig.json'),
        JSON.stringify({ compilerOptions, files: ['consumer.ts'] }),
      )
      await mustRun(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.'], {
        cwd: project,
      })
      cases += 1
    }
  return `${cases} compiler settings`
}
