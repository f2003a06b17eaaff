import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { mustRun } from './run-command.js'
import { type InstalledTarball, PACKAGE_NAME, ROOT } from './tarball.js'

interface Component {
  name: string
  version: string
}

/** The list of components that a release has: it names what an install brings, and the package itself. */
export async function checkSbom({ tarball, bare }: InstalledTarball): Promise<string> {
  const path = join(dirname(tarball), 'sbom.cdx.json')
  await mustRun('bash', [join(ROOT, '.ci/sbom'), tarball, path], { cwd: dirname(tarball) })
  const { bomFormat, metadata, components } = JSON.parse(await readFile(path, 'utf8'))
  const purl: string = metadata.component.purl
  if (bomFormat !== 'CycloneDX' || !purl.startsWith(`pkg:npm/${PACKAGE_NAME.replace('@', '%40')}@`))
    throw new Error(`expected a CycloneDX list of ${PACKAGE_NAME}, got ${bomFormat} of ${purl}`)
  const listed = components.map(({ name, version }: Component) => `${name}@${version}`).sort()
  const installed = (await installedBelow(bare)).filter((name) => !name.startsWith(`${PACKAGE_NAME}@`)).sort()
  const missing = installed.filter((name) => !listed.includes(name))
  const others = listed.filter((name: string) => !installed.includes(name))
  if (missing.length + others.length > 0)
    throw new Error(
      `the list lacks ${missing.join(', ') || 'nothing'}, and has beside it ${others.join(', ') || 'nothing'}`,
    )
  return `${listed.length} components`
}

/** The packages of a project, by npm's own record of what it installed. */
async function installedBelow(project: string): Promise<string[]> {
  const folder = join(project, 'node_modules')
  if (!(await readdir(folder)).includes('.package-lock.json'))
    throw new Error(`nothing is installed in ${project}`)
  const { packages } = JSON.parse(await readFile(join(folder, '.package-lock.json'), 'utf8'))
  return Object.entries<Component>(packages).map(
    ([path, { version }]) => `${path.slice(path.lastIndexOf('node_modules/') + 13)}@${version}`,
  )
}
