import { stat } from 'node:fs/promises'
import { type Host, type Terminal, WARNING } from './terminal.js'

/** Read and write, for the group and for everybody. */
const OTHERS = 0o066

/**
 * Returns the mode of a file that others than its owner may read or write, such as `644`. Undefined for a private one, for
 * none, and on Windows, whose files have no modes.
 */
export async function sharedModeOf(host: Host, path: string): Promise<string | undefined> {
  if (host.platform === 'win32') return undefined
  const mode = await stat(path).then(
    (found) => found.mode & 0o777,
    () => 0,
  )
  return (mode & OTHERS) === 0 ? undefined : mode.toString(8).padStart(3, '0')
}

/** Says that a file has become private, or that it has not: some file systems keep no modes, as those of Windows in WSL. */
export async function sayPrivate(terminal: Terminal, path: string, name: string): Promise<void> {
  const mode = await sharedModeOf(terminal.host, path)
  if (mode === undefined) terminal.line(`${name} is readable by you alone now.`)
  else terminal.error(`${name} still has mode ${mode}: its file system keeps no other.`, WARNING)
}
