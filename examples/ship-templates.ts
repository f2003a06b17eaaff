import { cp, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TEMPLATES } from '../src/cli/init/templates.js'

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
 * Puts the examples that `init` copies into `dist`, with `.gitignore` under a name that npm does not drop. After the build,
 * which removes all declarations of an earlier one, and an example has some of its own.
 */
export async function shipTemplates(): Promise<void> {
  await rm(target, { recursive: true, force: true })
  for (const name of TEMPLATES) {
    await cp(join(examples, name), join(target, name), {
      recursive: true,
      filter: (source) => isOfExample(source) && basename(source) !== '.gitignore',
    })
    await cp(join(examples, name, '.gitignore'), join(target, name, 'gitignore'))
  }
}
