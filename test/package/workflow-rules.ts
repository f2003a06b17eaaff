// What a workflow must hold so that code which comes with a dependency, a pull request or a moved tag cannot publish.
// Read by indentation, as the files are written: two spaces for a job, four for its keys, six for its steps.

/** A job of a workflow. */
export interface Job {
  name: string
  /** Its lines, joined. */
  text: string
  /** The scripts of its steps. */
  scripts: string[]
  /** The actions that it uses, with their revisions. */
  actions: string[]
}

const PINNED = /^[\w.-]+\/[\w./-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/
/** What a job that may write runs of others' code: nothing but these two actions, which install nothing. */
const FOR_WRITERS = ['actions/download-artifact', 'actions/setup-node']
/** Programs of a job that may write. None of them runs a file of the artifact or of a package. */
const SAFE_PROGRAMS = ['echo', 'printf', 'npm publish', 'gh release create', 'gh issue create']

/** Returns the jobs of a workflow. */
export function jobsOf(workflow: string): Job[] {
  const [, ...blocks] = linesAfter(workflow, 'jobs:').split(/^ {2}(?=[\w-]+:)/m)
  return blocks.map((text) => ({
    name: text.slice(0, text.indexOf(':')),
    text,
    scripts: [...text.matchAll(/^ {6}(?:- | {2})run: (?:\|\n((?: {10}.*\n?|\n)+)|(.*))/gm)].map(
      ([, block, line]) => (block ?? line ?? '').replace(/^ {10}/gm, '').trim(),
    ),
    actions: [...text.matchAll(/\buses: *(.*)/g)].map(([, action = '']) => action),
  }))
}

/** Returns what is wrong with a workflow; empty when all holds. */
export function problemsOf(workflow: string): string[] {
  const head = workflow.slice(0, workflow.search(/^jobs:/m))
  const jobs = jobsOf(workflow)
  return [
    ...(jobs.length > 0 ? [] : ['has no jobs']),
    ...(/^permissions:/m.test(head) ? [] : ['has no permissions for all jobs']),
    ...(/write/.test(head) ? ['gives every job a permission to write'] : []),
    ...(/pull_request_target|workflow_run/.test(head)
      ? ['runs the code of strangers with our permissions']
      : []),
    ...(/\bsecrets\b/.test(workflow) ? ['holds a secret'] : []),
    ...jobs.flatMap((job) => problemsOfJob(job).map((problem) => `${job.name}: ${problem}`)),
  ]
}

/** Whether a job may change something outside of itself: the package, the repository, an identity. */
export function mayWrite({ text }: Job): boolean {
  return /\bwrite(-all)?\b/.test(text.replace(/#.*/g, ''))
}

/** Whether a job may change what users install or read: the package, the repository, an identity. An issue is neither. */
export function mayPublish(job: Job): boolean {
  return mayWrite({ ...job, text: job.text.replace(/^ {6}issues: write\b/m, '') })
}

function problemsOfJob(job: Job): string[] {
  const { text, scripts, actions } = job
  const lacks = (key: string) => (new RegExp(`^ {4}${key}:`, 'm').test(text) ? [] : [`has no ${key}`])
  return [
    ...['permissions', 'timeout-minutes', 'runs-on', 'steps'].flatMap(lacks),
    ...(/(write|read)-all/.test(text) ? ['has all permissions'] : []),
    ...actions.filter((action) => !PINNED.test(action)).map((action) => `${action} is not pinned`),
    // Whoever names a branch or a tag would write a part of the script.
    ...scripts.filter((script) => script.includes('${{')).map((script) => `an expression in: ${script}`),
    ...(text.split('actions/checkout@').length === text.split('persist-credentials: false').length
      ? []
      : ['a checkout keeps the credentials']),
    ...(mayWrite(job)
      ? problemsOfWriter(job)
      : scripts.filter(publishes).map(() => 'publishes without the permission')),
  ]
}

function problemsOfWriter(job: Job): string[] {
  const { text, scripts, actions } = job
  const others = actions.filter((action) => !FOR_WRITERS.some((known) => action.startsWith(`${known}@`)))
  const checked = scripts.findIndex((script) => /"\$SHA256 .*\| sha256sum --check --strict$/.test(script))
  const used = scripts.findIndex((script) => publishes(script) || script.startsWith('gh '))
  return [
    ...others.map((action) => `may write, and uses ${action}`),
    ...scripts
      .filter(
        (script) =>
          script.includes('\n') || !SAFE_PROGRAMS.some((program) => script.startsWith(`${program} `)),
      )
      .map((script) => `may write, and runs: ${script}`),
    ...(/\bcache:/.test(text) ? ['may write, and takes a cache'] : []),
    ...(!mayPublish(job) || /^ {4}needs: .*\bbuild\b/m.test(text) ? [] : ['does not need the build']),
    ...(mayPublish(job) && (checked === -1 || checked > used) ? ['does not compare the checksum first'] : []),
    ...(mayPublish(job) ? [] : scripts.filter(publishes).map(() => 'publishes without the permission')),
    ...scripts
      .filter(publishes)
      .filter(
        (script) =>
          !/^npm publish "\S*\$TARBALL" .*--ignore-scripts/.test(script) || !script.includes('--provenance'),
      )
      .map((script) => `publishes another way: ${script}`),
  ]
}

function publishes(script: string): boolean {
  return /\bnpm publish\b/.test(script)
}

function linesAfter(text: string, line: string): string {
  return text.slice(text.indexOf(`\n${line}`) + line.length + 1)
}
