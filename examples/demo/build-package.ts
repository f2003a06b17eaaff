import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Options } from 'tsup'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Builds the package when a built entry is missing or older than a source. */
export async function buildIfNeeded(log: (line: string) => void): Promise<void> {
  const [built, changed] = await Promise.all([oldestEntry(), newestSource()])
  if (built > changed) return
  log('Building the package first…')
  await buildScripts()
}

/** As `npm run build`, without the types, which take most of its time and which nothing that runs here needs. */
async function buildScripts(): Promise<void> {
  const [{ build }, { default: config }] = await Promise.all([import('tsup'), import('../../tsup.config.js')])
  const configs: Options[] = [config].flat().filter((entry) => typeof entry !== 'function')
  for (const options of configs) await build({ ...options, dts: false, config: false, silent: true })
}

/** When the oldest entry of the exports map was built, milliseconds; 0 when one is missing. */
async function oldestEntry(): Promise<number> {
  const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const files = Object.values<string | { default: string }>(exports).flatMap((entry) =>
    typeof entry === 'string' ? [] : [entry.default],
  )
  return Math.min(...(await Promise.all(files.map(changedAt))))
}

async function newestSource(): Promise<number> {
  const sources = await readdir(join(root, 'src'), { recursive: true })
  const files = [...sources.map((name) => join('src', name)), 'package.json', 'tsup.config.ts']
  return Math.max(...(await Promise.all(files.map(changedAt))))
}

async function changedAt(file: string): Promise<number> {
  const found = await stat(join(root, file)).catch(() => undefined)
  return found?.mtimeMs ?? 0
}
