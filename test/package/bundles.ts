import { build } from 'esbuild'
import { entryNames, type InstalledTarball, PACKAGE_NAME, ROOT } from './tarball.js'

/** Entries of the browser: a node built-in in one of them has no place to run. */
const FOR_BROWSERS = ['browser', 'browser/session', 'react', 'server']

/** Each subpath of the installed tarball bundles alone, found by its name as an application's bundler finds it. */
export async function checkBundles({ withPeers }: InstalledTarball): Promise<string> {
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } })
  const entries = await entryNames()
  for (const entry of entries) {
    const isForBrowsers = FOR_BROWSERS.includes(entry)
    await build({
      absWorkingDir: ROOT,
      stdin: { contents: `export * from '${PACKAGE_NAME}/${entry}'`, resolveDir: withPeers },
      bundle: true,
      format: 'esm',
      target: 'es2022',
      platform: isForBrowsers ? 'browser' : 'node',
      // An application of a server leaves its big packages outside the bundle, and React's is the application's own.
      external: Object.keys(manifest.peerDependencies),
      write: false,
      logLevel: 'silent',
    }).catch((cause: Error) => {
      throw new Error(`./${entry} does not bundle alone:\n${cause.message}`)
    })
  }
  return `${entries.length} entries, ${FOR_BROWSERS.length} of them for browsers`
}
