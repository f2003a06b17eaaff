import { buildIfNeeded } from '../../examples/demo/build-package.js'

/** Builds the package once before the files that run it as it is built; two of them at once would build over each other. */
export default function setup(): Promise<void> {
  return buildIfNeeded(console.log)
}
