import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from './run-command.js'
import { type InstalledTarball, ROOT } from './tarball.js'

const RESOLUTIONS = [
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
]

/**
 * The built types are right for a strict consumer: with `interaqt` absent for the entries that promise it (`bare`), and
 * with and without `skipLibCheck`.
 */
export async function checkTypes({ bare }: InstalledTarball): Promise<string> {
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
        exactOptionalPropertyTypes: true,
        verbatimModuleSyntax: true,
        noEmit: true,
        types: [],
      }
      await writeFile(
        join(bare, 'tsconfig.json'),
        JSON.stringify({ compilerOptions, files: ['consumer.ts'] }),
      )
      await mustRun(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.'], {
        cwd: bare,
      })
      cases += 1
    }
  return `${cases} compiler settings`
}
