import { Command, CommanderError } from 'commander'
import { CliError } from './cli-error.js'
import { type DevFlags, dev } from './dev.js'
import { type DoctorFlags, doctor } from './doctor.js'
import { type SetupFlags, setup } from './setup.js'
import { type Host, Terminal } from './terminal.js'

/** Exit code of a command that could not do its work. */
const FAILED = 1

/**
 * The command line `interaqt-logto`.
 *
 * @param args - without the names of node and the program.
 * @returns the exit code.
 */
export async function main(args: readonly string[], host: Host): Promise<number> {
  let exitCode = 0
  const terminal = new Terminal(host, args.includes('--json'))
  const program = new Command('interaqt-logto')
    .description('Sign-in for Interaqt applications with Logto.')
    .configureOutput({
      writeOut: host.write,
      writeErr: host.writeError,
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
    })
    .configureHelp({ minWidthToWrap: 20 })
    .exitOverride()
    .addHelpText('after', GENERAL_EXAMPLES)

  logtoOptions(program.command('setup'))
    .description('Make or find everything that the application needs in Logto, and write .env.')
    .option('--management-app-id <id>', 'machine application that manages Logto (LOGTO_MANAGEMENT_APP_ID)')
    .option('--name <name>', 'name of what is made in Logto (default: the name in package.json)')
    .option('--docker', 'Logto runs in Docker: register the webhook under host.docker.internal')
    .option('--no-docker', 'do not look for Docker')
    .option('--dry-run', 'show what would be done, and change nothing')
    .option('-y, --yes', 'do it without asking')
    .addHelpText('after', SETUP_EXAMPLES)
    .action((flags: SetupFlags) => setup(terminal, flags))

  logtoOptions(program.command('doctor'))
    .description('Look whether everything fits together, and say how to mend what does not.')
    .option('--strict', 'exit with 1 for warnings')
    .option('--since <time>', 'count failed deliveries since then (default: a day ago)')
    .addHelpText('after', DOCTOR_EXAMPLES)
    .action(async (flags: DoctorFlags) => {
      exitCode = await doctor(terminal, flags)
    })

  program
    .command('dev')
    .description('Serve the embedded Logto on this machine, for development.')
    .option('-p, --port <port>', 'port to listen on', '3001')
    .option('-u, --user <name:password...>', 'who can sign in (default: alice and bob)')
    .option('--users <file>', 'JSON file of users')
    .option('--scope <names...>', 'scopes of the API resource, which every user gets')
    .option('--state <file>', 'keep users and everything else in this file between runs')
    .option('--interaqt-endpoint <url>', 'base URL of the API', 'http://127.0.0.1:4000')
    .option('--frontend-url <url>', 'base URL of the frontend', 'http://127.0.0.1:5173')
    .option('--verbose', 'show stack traces')
    .addHelpText('after', DEV_EXAMPLES)
    .action((flags: DevFlags) => dev(terminal, flags))

  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    return explain(error, args, terminal)
  }
}

/** Options that say where everything is; `setup` makes it so, `doctor` compares. */
function logtoOptions(command: Command): Command {
  return command
    .option('--logto-endpoint <url>', 'base URL of Logto (LOGTO_ENDPOINT)')
    .option('--admin-endpoint <url>', "base URL of Logto's console, for m-default (LOGTO_ADMIN_ENDPOINT)")
    .option('--management-resource <indicator>', 'of the Management API (LOGTO_MANAGEMENT_RESOURCE)')
    .option('--interaqt-endpoint <url>', 'base URL of the API (INTERAQT_ENDPOINT)')
    .option('--frontend-url <url>', 'base URL of the frontend (FRONTEND_URL)')
    .option('--redirect-uri <uris...>', 'where sign-in leads back to (default: the root of the frontend)')
    .option('--post-sign-out-redirect-uri <uris...>', 'where sign-out leads to (default: the same)')
    .option('--resource <indicator>', 'API resource (default: <API>/interaction)')
    .option('--scope <names...>', 'scopes of the API resource')
    .option('--hook-url <url>', 'where Logto sends webhooks (default: <API>/api/syncUser)')
    .option('--login <mode>', 'token: in the browser; session: on the server (LOGIN_MODE)')
    .option('--env-file <file>', 'the file of environment variables', '.env')
    .option('--json', 'print one JSON value')
    .option('--verbose', 'show stack traces')
}

function explain(error: unknown, args: readonly string[], terminal: Terminal): number {
  // Commander has said it already: help that was asked for, or a flag that it does not know.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : FAILED
  const isVerbose = args.includes('--verbose')
  if (terminal.isJson && error instanceof CliError) {
    terminal.json({ error: { code: error.code, message: error.message, remedy: error.remedy } })
    return FAILED
  }
  const message = error instanceof Error ? error.message : String(error)
  terminal.error(`${terminal.style('red', 'Error:')} ${message}`)
  if (error instanceof CliError && error.remedy) terminal.error(error.remedy)
  if (isVerbose && error instanceof Error) terminal.error(error.stack ?? '')
  else if (!(error instanceof CliError))
    terminal.error('This should not happen. --verbose shows where it did.')
  return FAILED
}

const GENERAL_EXAMPLES = `
Examples:
  $ interaqt-logto dev         an embedded Logto, for development
  $ interaqt-logto setup       everything in a Logto of your own, and .env
  $ interaqt-logto doctor      what is wrong, and how to mend it`

const SETUP_EXAMPLES = `
Flags win over environment variables, these over .env. Secrets come from the
environment or a prompt: LOGTO_MANAGEMENT_APP_SECRET (or LOGTO_M2M_APP_SECRET).

Examples:
  $ interaqt-logto setup
  $ interaqt-logto setup --dry-run
  $ interaqt-logto setup --yes --json --scope friends:write
  $ interaqt-logto setup --management-app-id m-default \\
      --admin-endpoint http://127.0.0.1:3002 --docker`

const DOCTOR_EXAMPLES = `
Exit code: 0 all well, 1 warnings with --strict, 2 failures.

Examples:
  $ interaqt-logto doctor
  $ interaqt-logto doctor --strict --json
  $ interaqt-logto doctor --since 2026-01-31T12:00:00Z`

const DEV_EXAMPLES = `
Examples:
  $ interaqt-logto dev
  $ interaqt-logto dev --port 3101 --user carol:a-password:Carol
  $ interaqt-logto dev --users users.json --state .logto.json`
