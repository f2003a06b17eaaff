import { cp, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RENAMED, TEMPLATES } from '../src/cli/init/templates.js'

const examples = dirname(fileURLToPath(import.meta.url))
const target = fileURLToPath(new URL('../dist/templates', import.meta.url))

/** What an example's folder may have after it ran here. */
const LEFT_BEHIND = ['node_modules', 'dist', '.data', 'package-lock.json']

/** Whether a file of an example's folder is part of the example. An `.env` holds secrets. */
function isOfExample(path: string): boolean {
  const name = basename(path)
  return !LEFT_BEHIND.includes(name) && (!name.startsWith('.env') || name === '.env.example')
}

/**
 * Puts the examples that `init` copies into `dist`, some files of them under another name. After the build,
 * which removes all declarations of an earlier one, and an example has some of its own.
 */
export async function shipTemplates(): Promise<void> {
  await rm(target, { recursive: true, force: true })
  for (const name of TEMPLATES) {
    const example = join(examples, name)
    const renamed = Object.entries(RENAMED).map(([shipped, own]) => [shipped, join(example, own)] as const)
    await cp(example, join(target, name), {
      recursive: true,
      filter: (source) => isOfExample(source) && !renamed.some(([, own]) => own === source),
    })
    for (const [shipped, own] of renamed) await cp(own, join(target, name, shipped))
  }
}
