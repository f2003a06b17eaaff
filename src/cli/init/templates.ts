import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CliError } from '../cli-error.js'
import { ownFolder } from '../own-package.js'

/** The examples that `init` copies; the first is the default. */
export const TEMPLATES = ['starter', 'react'] as const

export type TemplateName = (typeof TEMPLATES)[number]

/**
 * Names of a template's own files in the tarball, and what they are called in a copy. npm leaves `.gitignore` out of every
 * tarball, and a second package.json in one looks like a part of this package.
 */
export const RENAMED: Readonly<Record<string, string>> = {
  gitignore: '.gitignore',
  'manifest.json': 'package.json',
}

/** A file of a template. */
export interface TemplateFile {
  /** Where it is. */
  source: string
  /** Where it goes, below the new folder. */
  path: string
}

/** Returns the files of a template, which the build has put beside the command. */
export async function templateFiles(template: TemplateName): Promise<TemplateFile[]> {
  const folder = join(await ownFolder(), 'dist', 'templates', template)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause) => {
    throw new CliError('template_missing', `This installation lacks the files of the template: ${folder}.`, {
      remedy: 'Install @yourorg/interaqt-logto again; in its repository, `npm run build`.',
      cause,
    })
  })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => ({
      source: join(parentPath, name),
      path: join(parentPath.slice(folder.length + 1), RENAMED[name] ?? name),
    }))
}
