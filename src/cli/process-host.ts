import { execFile } from 'node:child_process'
import { clackPrompts } from './clack-prompts.js'
import type { Host } from './terminal.js'

/** The world of a real process. */
export function processHost(): Host {
  const interruption = new AbortController()
  return {
    env: process.env,
    cwd: process.cwd(),
    write: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
    isInteractive: process.stdin.isTTY === true && process.stdout.isTTY === true && !process.env.CI,
    isErrorTerminal: process.stderr.isTTY === true,
    fetch: (input, init) => fetch(input, init),
    now: () => Date.now(),
    nodeVersion: process.versions.node,
    prompts: clackPrompts,
    execute,
    untilInterrupted: () => untilInterrupted(interruption),
  }
}

// A second Ctrl-C ends the process the hard way, since nothing listens any more.
function untilInterrupted(interruption: AbortController): Promise<void> {
  return new Promise((resolve) => {
    interruption.signal.addEventListener('abort', () => resolve(), { once: true })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort())
  })
}

function execute(program: string, args: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 2000 }, (error, stdout) => resolve(error ? undefined : stdout))
  })
}
