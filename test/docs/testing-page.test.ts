import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { codeBlocks, ROOT } from './markdown.js'

// The blocks of docs/testing.md, as they stand, are this file's tests. They are built as their reader's bundler would:
// the package's name leads to its sources, and ./app.js to an application of the tests.
const blocks = codeBlocks('docs/testing.md').filter(({ prelude }) => prelude?.startsWith('testing'))
const tests = blocks.filter(({ code }) => code.includes('test('))
const folder = join(ROOT, 'node_modules/.cache/testing-page')
const outfile = join(folder, `page-${process.pid}.mjs`)

await mkdir(folder, { recursive: true })
await build({
  stdin: { contents: tests.map(({ code }) => code).join('\n'), resolveDir: ROOT, loader: 'ts' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'es2022',
  packages: 'external',
  outfile,
  alias: {
    ...Object.fromEntries(
      ['http', 'server', 'testing'].map((entry) => [
        `@yourorg/interaqt-logto/${entry}`,
        join(ROOT, 'src', entry, 'index.ts'),
      ]),
    ),
  },
  plugins: [
    {
      name: "the reader's application",
      setup: ({ onResolve }) => {
        onResolve({ filter: /^\.\/app\.js$/ }, ({ importer }) =>
          importer === '<stdin>' ? { path: join(ROOT, 'test/docs/testing-app.ts') } : undefined,
        )
      },
    },
  ],
})
// Loading the page defines its tests.
await import(/* @vite-ignore */ pathToFileURL(outfile).href)
await rm(outfile)
