import { readFile } from 'node:fs/promises'
import { basename, relative, resolve } from 'node:path'
import { CliError } from '../cli-error.js'
import { ownManifest } from '../own-package.js'
import type { Terminal } from '../terminal.js'
import { checkIsFree, copyAll } from './new-folder.js'
import { packageNameProblem, similarPackageName } from './package-name.js'
import { type TemplateFile, type TemplateName, templateFiles } from './templates.js'

/** Flags of `init`. */
export interface InitFlags {
  template: TemplateName
  name?: string
  json?: boolean
  verbose?: boolean
}

const MANIFEST = 'package.json'
const START = 'npm install && npm run dev'

/**
 * Copies an example application to a new folder, names it, and prints the commands that start it. Needs no network.
 *
 * @param target - a folder that does not exist or is empty, relative to where the command runs.
 * @throws CliError
 */
export async function init(terminal: Terminal, target: string, flags: InitFlags): Promise<void> {
  const { cwd } = terminal.host
  // An unset variable of a shell is no wish for the folder that one is in.
  if (target.trim() === '')
    throw new CliError('value_invalid', 'The folder is empty. Give a name, or . for the folder you are in.')
  const folder = resolve(cwd, target)
  const shown = relative(cwd, folder) === '' ? 'This folder' : target
  const files = await templateFiles(flags.template)
  const { name: dependency, version } = await ownManifest()
  const manifest = await readManifest(files)
  const name = checkedName(flags.name ?? basename(folder), flags.name === undefined, manifest)
  await checkIsFree(folder, shown)

  const dependencies = { ...manifest.dependencies, [dependency]: `^${version}` }
  const own = `${JSON.stringify({ ...manifest, name, dependencies }, undefined, 2)}\n`
  await terminal.during(`Copying the ${flags.template} template`, () =>
    copyAll(files, folder, shown, { [MANIFEST]: own }),
  )

  const next = [...(folder === resolve(cwd) ? [] : [`cd ${quoted(target)}`]), START]
  if (terminal.isJson) {
    terminal.json({ folder, name, template: flags.template, version, files: files.length, next })
    return
  }
  terminal.line(`${name} is in ${folder}: the ${flags.template} template, with ${dependency} ${version}.`)
  terminal.line()
  terminal.line('Next:')
  for (const command of next) terminal.line(`  ${terminal.style('bold', command)}`)
}

/** The fields of a template's package.json that `init` reads. */
interface TemplateManifest {
  dependencies: Record<string, string>
  devDependencies?: Record<string, string>
}

async function readManifest(files: readonly TemplateFile[]): Promise<TemplateManifest> {
  const file = files.find(({ path }) => path === MANIFEST)
  return JSON.parse(await readFile(file?.source ?? '', 'utf8'))
}

/** @throws CliError `name_invalid` */
function checkedName(name: string, isOfFolder: boolean, manifest: TemplateManifest): string {
  // npm installs no package into one of the same name.
  const isDependency = name in { ...manifest.dependencies, ...manifest.devDependencies }
  const problem = isDependency ? 'is a package that the application needs' : packageNameProblem(name)
  if (problem === undefined) return name
  const similar = isDependency ? `${name}-app` : similarPackageName(name)
  const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name
  throw new CliError('name_invalid', `The name ${JSON.stringify(shown)} ${problem}.`, {
    remedy: `Nothing was changed. Give ${isOfFolder ? 'the folder another name, or the application one with --name' : 'another --name'}${similar ? `, such as ${similar}` : ''}.`,
  })
}

/** Returns a path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w@%+=:,./\\~-]+$/.test(path) ? path : `"${path.replace(/(["$`])/g, '\\$1')}"`
}
