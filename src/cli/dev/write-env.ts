import { relative } from 'node:path'
import { CliError } from '../cli-error.js'
import { type EnvFile, writeEnvFile } from '../env-file.js'
import { warnOfShadows } from '../shadows.js'
import { type Terminal, wrap } from '../terminal.js'
import { type EnvValues, SECRETS } from '../variables.js'

/**
 * Writes variables into the `.env` file. Asks before a line with another value changes; adding lines needs no question.
 *
 * @returns what there is to say about it.
 * @throws CliError `confirmation_missing` when a line would change and there is nobody to ask; `cancelled`.
 */
export async function writeDevEnv(
  terminal: Terminal,
  { path, file }: { path: string; file: EnvFile },
  values: EnvValues,
  mayChange: boolean,
): Promise<string> {
  const { host } = terminal
  const name = relative(host.cwd, path) || path
  const different = file.differences(values)
  if (different.length === 0) return `${name} has these lines already.`
  // A line without a value is there to be filled in.
  const replaced = different.filter((variable) => file.get(variable))
  if (replaced.length > 0 && !mayChange) {
    if (!host.isInteractive) throw nobodyToAsk(name, replaced)
    terminal.line(`${name} has other values:`)
    for (const variable of replaced) terminal.line(`  ${changeOf(variable, file, values)}`)
    const message = `Change ${replaced.length === 1 ? 'this line' : 'these lines'} of ${name}?`
    const isAllowed = await host.prompts.confirm({ message, initialValue: false })
    if (!isAllowed) return `${name} stays as it is.`
  }
  await writeEnvFile(path, file.with(values))
  warnOfShadows(terminal, values)
  return wrap(`${name} has these lines now: ${different.join(', ')}.`, 0)
}

function changeOf(variable: string, file: EnvFile, values: EnvValues): string {
  if (SECRETS.includes(variable)) return variable
  return `${variable}: ${file.get(variable)} -> ${values[variable]}`
}

function nobodyToAsk(name: string, replaced: string[]): CliError {
  const message = `${name} has another ${replaced.join(', ')}: it was not changed, since there is nobody to ask here.`
  return new CliError('confirmation_missing', message, {
    remedy: 'Give --yes to change these lines, or --env-file for another file.',
  })
}
