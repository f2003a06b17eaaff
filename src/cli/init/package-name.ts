import { builtinModules } from 'node:module'

const MAX_LENGTH = 214
/** Characters that need no escape in a URL, in the form that npm accepts for new packages. */
const NAME = /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/
/** Names that npm refuses, beside those of Node's own modules. */
const FORBIDDEN = ['node_modules', 'favicon.ico']

/**
 * Returns the reason why npm would refuse a name in package.json; undefined when it is valid
 * (https://docs.npmjs.com/cli/configuring-npm/package-json#name).
 */
export function packageNameProblem(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (name.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`
  if (name !== name.toLowerCase()) return 'has capital letters'
  if (/^[._]/.test(name)) return 'begins with a dot or an underscore'
  if (!NAME.test(name)) return 'has characters other than a to z, 0 to 9, and - . _'
  if (FORBIDDEN.includes(name) || builtinModules.includes(name)) return 'is reserved'
  return undefined
}

/** Returns a valid name that is like this one; undefined when nothing of it can stay. */
export function similarPackageName(name: string): string | undefined {
  const similar = name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|[-]+$/g, '')
    .slice(0, MAX_LENGTH)
  return packageNameProblem(similar) === undefined ? similar : undefined
}
