import { type CommandResult, runCommand } from './run-command.js'
import { entryNames, type InstalledTarball, PACKAGE_NAME } from './tarball.js'

/** Each subpath imports alone, in a process of its own, from the installed tarball, under the given Node. */
export async function checkImports({ withPeers }: InstalledTarball, nodeMajor?: string): Promise<string> {
  const entries = await entryNames()
  for (const entry of entries) {
    const { code, output } = await importEntry(entry, withPeers, nodeMajor && onNode(nodeMajor), nodeMajor)
    if (code !== 0)
      throw new Error(
        `./${entry} does not import alone${nodeMajor ? ` on Node ${nodeMajor}` : ''}:\n${output}`,
      )
  }
  return `${entries.length} entries${nodeMajor ? ` on Node ${nodeMajor}` : ''}`
}

/** Imports an entry as `entry` in a process of its own, and runs `use` there. */
export function importEntry(
  entry: string,
  cwd: string,
  use = '',
  nodeMajor?: string,
): Promise<CommandResult> {
  const script = `const entry = await import('${PACKAGE_NAME}/${entry}'); ${use}`
  const args = ['--input-type=module', '-e', script]
  return nodeMajor
    ? runCommand('npx', ['--yes', '-p', `node@${nodeMajor}`, 'node', ...args], { cwd })
    : runCommand(process.execPath, args, { cwd })
}

// Were another Node found on the way, the check would pass for the wrong one.
function onNode(major: string): string {
  return `if (!process.version.startsWith('v${major}.')) throw new Error('this is Node ' + process.version)`
}
