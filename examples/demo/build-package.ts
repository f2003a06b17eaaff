import { spawn } from 'node:child_process'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Builds the package when a built entry is missing or older than a source, and says so, for it takes a while. */
export async function buildIfNeeded(log: (line: string) => void): Promise<void> {
  const [built, changed] = await Promise.all([oldestEntry(), newestSource()])
  if (built > changed) return
  log('Building the package first…')
  await run('npm', ['run', 'build', '--silent'])
}

/** When the oldest entry of the exports map was built, milliseconds; 0 when one is missing. */
async function oldestEntry(): Promise<number> {
  const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const files = Object.values<string | { default: string }>(exports).flatMap((entry) =>
    typeof entry === 'string' ? [] : [entry.default],
  )
  return Math.min(...(await Promise.all(files.map(changedAt))))
}

async function newestSource(): Promise<number> {
  const sources = await readdir(join(root, 'src'), { recursive: true })
  const files = [...sources.map((name) => join('src', name)), 'package.json', 'tsup.config.ts']
  return Math.max(...(await Promise.all(files.map(changedAt))))
}

async function changedAt(file: string): Promise<number> {
  const found = await stat(join(root, file)).catch(() => undefined)
  return found?.mtimeMs ?? 0
}

function run(command: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    // npm is a script on Windows, which only a shell runs. The arguments are constants.
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    })
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`${command} ${args.join(' ')} failed with exit code ${code}`)),
    )
  })
}
