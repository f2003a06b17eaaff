#!/usr/bin/env node
import { execFile } from 'node:child_process'
import { clackPrompts } from './clack-prompts.js'
import { main } from './main.js'
import type { Host } from './terminal.js'

/** The real process. */
const host: Host = {
  env: process.env,
  cwd: process.cwd(),
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  isInteractive: process.stdin.isTTY === true && process.stdout.isTTY === true && !process.env.CI,
  isErrorTerminal: process.stderr.isTTY === true,
  fetch: (input, init) => fetch(input, init),
  now: () => Date.now(),
  nodeVersion: process.versions.node,
  platform: process.platform,
  prompts: clackPrompts,
  execute: (program, args) =>
    new Promise((resolve) => {
      execFile(program, args, { timeout: 2000 }, (error, stdout) => resolve(error ? undefined : stdout))
    }),
  // Each signal once: a second Ctrl-C finds no listener and ends the process at once.
  untilInterrupted: () =>
    new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
    }),
}

process.exitCode = await main(process.argv.slice(2), host)
