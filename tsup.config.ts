import { defineConfig, type Options } from 'tsup'

/** One entry per job, each importable alone; the key is the file in dist. */
const nodeEntries = {
  server: 'src/server/index.ts',
  webhook: 'src/webhook/index.ts',
  interaqt: 'src/interaqt/index.ts',
  http: 'src/http/index.ts',
  testing: 'src/testing/index.ts',
  embedded: 'src/embedded/index.ts',
  session: 'src/session/index.ts',
}
const browserEntries = {
  browser: 'src/browser/index.ts',
  'browser-session': 'src/session/browser/index.ts',
  react: 'src/react/index.ts',
}

const shared: Options = {
  format: 'esm',
  target: 'es2022',
  splitting: false,
  sourcemap: false,
  treeshake: true,
  external: [/^@yourorg\/interaqt-logto/],
}

// A config per entry: nothing is shared between two of them, so no chunk can drag zod or a node built-in into another.
const alone = (platform: 'node' | 'browser', entries: Record<string, string>): Options[] =>
  Object.entries(entries).map(([name, file]) => ({ ...shared, name, platform, entry: { [name]: file } }))

export default defineConfig([
  ...alone('node', { ...nodeEntries, cli: 'src/cli/index.ts' }),
  ...alone('browser', browserEntries),
  // Types share chunks, so that a class has one type whichever entry it is imported from. The command has none.
  { ...shared, name: 'types', entry: { ...nodeEntries, ...browserEntries }, dts: { only: true } },
])
