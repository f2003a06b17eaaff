import type { InstalledTarball } from './tarball.js'

const ALLOWED = [/^dist\/[\w-]+\.(js|d\.ts)$/, /^(README|CHANGELOG)\.md$/, /^LICENSE$/, /^package\.json$/]

/** The tarball holds the built entries, their types and the papers: no source, test, map or secret. */
export function checkContents({ files }: InstalledTarball): string {
  const unexpected = files.filter((file) => !ALLOWED.some((pattern) => pattern.test(file)))
  if (unexpected.length > 0)
    throw new Error(`the tarball has files that nobody needs: ${unexpected.join(', ')}`)
  for (const needed of ['README.md', 'LICENSE', 'CHANGELOG.md', 'dist/cli.js', 'dist/server.d.ts'])
    if (!files.includes(needed)) throw new Error(`the tarball lacks ${needed}`)
  return `${files.length} files`
}
