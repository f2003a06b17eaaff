/**
 * Loads an optional peer dependency. When it is not installed, the error names the command that installs it, instead
 * of Node's ERR_MODULE_NOT_FOUND, which names a file of this package.
 *
 * @throws Error with `code` `peer_missing` when the package is absent; any other failure of the import as it is.
 */
export async function optionalPeer<T>(
  packageName: string,
  load: () => Promise<T>,
  entry: string,
): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    if (!isMissing(cause, packageName)) throw cause
    const message = `${entry} needs the package "${packageName}", which is not installed: npm install ${packageName}`
    throw Object.assign(new Error(message, { cause }), { code: 'peer_missing' })
  }
}

// Node words the package name into the message; a missing file inside the peer is that package's own defect.
function isMissing(error: unknown, packageName: string): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_MODULE_NOT_FOUND' &&
    error.message.includes(`'${packageName}'`)
  )
}
