/**
 * Reads the version of an installed package, as Node would find it from here. Undefined where there are no files to
 * read: in a bundle, or on another runtime.
 */
export async function installedVersion(packageName: string, from: string): Promise<string | undefined> {
  try {
    const [{ createRequire }, { readFile }, { join }] = await Promise.all([
      import('node:module'),
      import('node:fs/promises'),
      import('node:path'),
    ])
    // Not by resolving the package: old ones have no entry that this resolves to, and new ones hide their package.json.
    for (const folder of createRequire(from).resolve.paths(packageName) ?? []) {
      const text = await readFile(join(folder, packageName, 'package.json'), 'utf8').catch(() => undefined)
      if (text === undefined) continue
      const { version } = JSON.parse(text)
      return typeof version === 'string' ? version : undefined
    }
  } catch {
    // Nothing is known then, and the message does without.
  }
  return undefined
}
