import { defineConfig } from 'tsup'

/** One entry per job, each importable alone; the key is the file in dist. */
const entries = {
  browser: 'src/browser/index.ts',
  'browser-session': 'src/session/browser/index.ts',
  react: 'src/react/index.ts',
  server: 'src/server/index.ts',
  webhook: 'src/webhook/index.ts',
  interaqt: 'src/interaqt/index.ts',
  http: 'src/http/index.ts',
  testing: 'src/testing/index.ts',
  embedded: 'src/embedded/index.ts',
  session: 'src/session/index.ts',
}

/**
 * One run for all entries, so that a class exists once at run time: what two entries share is in a chunk, and esbuild puts
 * into a chunk only what each entry that imports it needs. Chunks rather than a file per source file, because Node reads
 * 9 files for `./session` then, not 57, and the tarball shows no inner path that somebody could import.
 */
export default defineConfig({
  entry: { ...entries, cli: 'src/cli/index.ts' },
  format: 'esm',
  target: 'es2022',
  // For browsers and for Node alike: nothing is bundled but our own files, so there is no package to resolve for either.
  platform: 'neutral',
  removeNodeProtocol: false,
  external: [/^@yourorg\/interaqt-logto/, /^node:/],
  splitting: true,
  // A pass of Rollup over esbuild's output would take away 'use client'.
  treeshake: false,
  sourcemap: false,
  // Constants in their places: bundlers of frontends leave those of a package as variables. Names and lines stay readable.
  esbuildOptions(options) {
    options.minifySyntax = true
  },
  clean: true,
  // The command has no types.
  dts: { entry: entries },
})
