import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The fields of this package's package.json that the command line needs. */
interface Manifest {
  name: string
  version: string
  engines: { node?: string }
  peerDependencies: Record<string, string>
}

/** Reads the manifest of this package, which is above src/cli and above dist. */
export async function ownManifest(): Promise<Manifest> {
  const found = await readAbove(dirname(fileURLToPath(import.meta.url)), 'package.json')
  return JSON.parse(found?.text ?? '')
}

/** Returns the folder of this package, where its package.json is. */
export async function ownFolder(): Promise<string> {
  const found = await readAbove(dirname(fileURLToPath(import.meta.url)), 'package.json')
  return found?.folder ?? ''
}

/** Reads the file in this folder, or in the nearest one above that has it. */
export async function readAbove(
  folder: string,
  path: string,
): Promise<{ folder: string; text: string } | undefined> {
  const text = await readFile(join(folder, path), 'utf8').catch(() => undefined)
  if (text !== undefined) return { folder, text }
  const parent = dirname(folder)
  return parent === folder ? undefined : readAbove(parent, path)
}
