import { relative } from 'node:path'
import { CliError } from '../cli-error.js'
import { type EnvFile, writeEnvFile } from '../env-file.js'
import { sayPrivate, sharedModeOf } from '../file-mode.js'
import { warnOfShadows } from '../shadows.js'
import { type Terminal, WARNING, wrap } from '../terminal.js'
import { type EnvValues, SECRETS } from '../variables.js'

/**
 * Writes variables into the `.env` file. Asks before a line with another value changes, and before a file that others can
 * read becomes private; adding lines needs no question.
 *
 * @returns what there is to say about it.
 * @throws CliError `confirmation_missing` when a line would change and there is nobody to ask; `cancelled`;
 * `file_unusable`.
 */
export async function writeDevEnv(
  terminal: Terminal,
  { path, file }: { path: string; file: EnvFile },
  values: EnvValues,
  mayChange: boolean,
): Promise<string> {
  const name = relative(terminal.host.cwd, path) || path
  const different = file.differences(values)
  // A line without a value is there to be filled in.
  const replaced = different.filter((variable) => file.get(variable))
  if (replaced.length > 0 && !mayChange) {
    if (!(await mayReplace(terminal, name, replaced, { file, values }))) return `${name} stays as it is.`
  }
  const becomesPrivate = await mayBecomePrivate(terminal, path, name, mayChange)
  if (becomesPrivate || different.length > 0) await writeEnvFile(path, file.with(values), { becomesPrivate })
  if (becomesPrivate) await sayPrivate(terminal, path, name)
  if (different.length === 0) return `${name} has these lines already.`
  warnOfShadows(terminal, values)
  return wrap(`${name} has these lines now: ${different.join(', ')}.`, 0)
}

async function mayReplace(
  terminal: Terminal,
  name: string,
  replaced: string[],
  { file, values }: { file: EnvFile; values: EnvValues },
): Promise<boolean> {
  const { isInteractive, prompts } = terminal.host
  if (!isInteractive) throw nobodyToAsk(name, replaced)
  terminal.line(`${name} has other values:`)
  for (const variable of replaced) terminal.line(`  ${changeOf(variable, file, values)}`)
  const message = `Change ${replaced.length === 1 ? 'this line' : 'these lines'} of ${name}?`
  return prompts.confirm({ message, initialValue: false })
}

/** Whether the file is one that others can read, and shall not be. */
async function mayBecomePrivate(
  terminal: Terminal,
  path: string,
  name: string,
  mayChange: boolean,
): Promise<boolean> {
  const { host } = terminal
  const mode = await sharedModeOf(host, path)
  if (mode === undefined || mayChange) return mode !== undefined
  const state = `Others can read ${name} (mode ${mode}), which is for secrets.`
  if (host.isInteractive) return host.prompts.confirm({ message: `${state} Make it readable by you alone?` })
  terminal.error(`${state} chmod 600 ${name}, or give --yes.`, WARNING)
  return false
}

function changeOf(variable: string, file: EnvFile, values: EnvValues): string {
  if (SECRETS.includes(variable)) return variable
  return `${variable}: ${file.get(variable)} -> ${values[variable]}`
}

function nobodyToAsk(name: string, replaced: string[]): CliError {
  const message = `${name} has another ${replaced.join(', ')}: it was not changed, since there is nobody to ask here.`
  return new CliError('confirmation_missing', message, {
    remedy: 'Give --yes to change these lines, or --env for another file.',
  })
}
