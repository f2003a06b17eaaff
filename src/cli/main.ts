import { Command, CommanderError, Option } from 'commander'
import { CliError } from './cli-error.js'
import { dev } from './dev/dev.js'
import type { DevFlags } from './dev/settings.js'
import { type DoctorFlags, doctor } from './doctor/doctor.js'
import { type InitFlags, init } from './init/init.js'
import { TEMPLATES } from './init/templates.js'
import { ownManifest } from './own-package.js'
import type { SetupFlags } from './setup/questions.js'
import { setup } from './setup/setup.js'
import { type Host, Terminal } from './terminal.js'
import { DEFAULT_ENDPOINTS, DEFAULT_ENV_FILE } from './variables.js'

/** Exit codes of a command that could not do its work. Doctor's 1 means warnings. */
const FAILED = 1
const DOCTOR_FAILED = 2

const ENV_OPTION = ['--env <file>', 'the file of environment variables', DEFAULT_ENV_FILE] as const

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
      outputError: (text) => printError(terminal, text.trim().replace(/^error: /, '')),
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
    })
    .configureHelp({ minWidthToWrap: 20 })
    .exitOverride()
    .showHelpAfterError('--help says what there is.')
    .version((await ownManifest()).version)
    .addHelpText('after', GENERAL_EXAMPLES)

  program
    .command('init')
    .description('Copy an example application to a new folder.')
    .argument('<folder>', 'a folder that does not exist or is empty; . is the one you are in')
    .addOption(new Option('-t, --template <name>', 'which example').choices(TEMPLATES).default(TEMPLATES[0]))
    .option('--name <name>', 'name for package.json (default: the name of the folder)')
    .option('--json', 'print one JSON value')
    .option('--verbose', 'show stack traces')
    .addHelpText('after', INIT_EXAMPLES)
    .action((folder: string, flags: InitFlags) => init(terminal, folder, flags))

  logtoOptions(program.command('setup'))
    .description('Find or create everything that the application needs in Logto, and write .env.')
    .option('--management-app-id <id>', 'machine application that manages Logto (LOGTO_MANAGEMENT_APP_ID)')
    .option('--name <name>', 'name of new things in Logto (default: the name in package.json)')
    .option('--docker', 'Logto runs in Docker: register the webhook under host.docker.internal')
    .option('--no-docker', 'do not look for Docker')
    .option('--dry-run', 'show what would be done, and change nothing')
    .option('-y, --yes', 'do it without asking')
    .addHelpText('after', SETUP_EXAMPLES)
    .action((flags: SetupFlags) => setup(terminal, flags))

  logtoOptions(program.command('doctor'))
    .description('Check that everything fits together, and say how to repair what does not.')
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
    .option('--show-passwords', 'show the passwords of these users too')
    .option('--scope <names...>', 'scopes of the API resource, which every user gets')
    .option('--resource <indicator>', 'API resource (default: <API>/interaction)')
    .option('--redirect-uri <uris...>', 'further places where sign-in may lead back to')
    .option('--post-sign-out-redirect-uri <uris...>', 'further places where sign-out may lead to')
    .option('--state <file>', 'keep users and everything else in this file between runs')
    .option('--interaqt-endpoint <url>', `base URL of the API (${DEFAULT_ENDPOINTS.INTERAQT_ENDPOINT})`)
    .option('--frontend-url <url>', `base URL of the frontend (${DEFAULT_ENDPOINTS.FRONTEND_URL})`)
    .option('--write-env', 'write the lines into .env; asks before it changes one')
    .option(...ENV_OPTION)
    .addOption(formerEnvOption())
    .option('-y, --yes', 'change lines of .env without asking')
    .option('--verbose', 'show stack traces')
    .addHelpText('after', DEV_EXAMPLES)
    .action((flags: DevFlags) => dev(terminal, flags))

  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    return reportFailure(error, args, terminal)
  }
}

/** The options of `setup` and `doctor`: where everything is. */
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
    .option(...ENV_OPTION)
    .addOption(formerEnvOption())
    .option('--json', 'print one JSON value')
    .option('--verbose', 'show stack traces')
}

/**
 * The former name of `--env`. Node takes `--env-file` for itself, wherever it stands, and ends before our code runs when
 * there is no such file; where there is one, it still does.
 */
function formerEnvOption(): Option {
  return new Option('--env-file <file>', 'the former name of --env').hideHelp()
}

/** Prints what went wrong, and returns the exit code. */
function reportFailure(error: unknown, args: readonly string[], terminal: Terminal): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0
  const failed = args[0] === 'doctor' ? DOCTOR_FAILED : FAILED
  const message = error instanceof Error ? error.message : String(error)
  if (terminal.isJson) {
    const code = error instanceof CliError || error instanceof CommanderError ? error.code : 'unexpected'
    const remedy = error instanceof CliError ? error.remedy : undefined
    terminal.json({ error: { code, message, remedy } })
  }
  // Commander has printed its own errors already: an unknown flag, or help when there was no command.
  else if (error instanceof CliError && error.code === 'cancelled') terminal.error(message)
  else if (!(error instanceof CommanderError)) {
    printError(terminal, message)
    if (error instanceof CliError && error.remedy) terminal.error(error.remedy)
    if (!(error instanceof CliError) && !args.includes('--verbose'))
      terminal.error('This should not happen. --verbose shows where it did.')
  }
  if (args.includes('--verbose') && error instanceof Error) terminal.stack(error.stack ?? '')
  return failed
}

/** Prints an error, except with `--json`, where the one value has it. */
function printError(terminal: Terminal, message: string): void {
  if (!terminal.isJson) terminal.error(message, { text: 'Error:', style: 'red' })
}

const GENERAL_EXAMPLES = `
Examples:
  $ interaqt-logto init my-app  an application to begin with
  $ interaqt-logto dev          an embedded Logto, for development
  $ interaqt-logto setup        everything in a Logto of your own, and .env
  $ interaqt-logto doctor       what is wrong, and how to repair it`

const INIT_EXAMPLES = `
Outside of a project use the package's full name, since the short one is somebody
else's package there.

Examples:
  $ npx @yourorg/interaqt-logto init my-app
  $ npx @yourorg/interaqt-logto init my-app --template react`

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
Exit code: 0 all well, 1 warnings with --strict, 2 failures, or no way to look.

Examples:
  $ interaqt-logto doctor
  $ interaqt-logto doctor --strict --json
  $ interaqt-logto doctor --since 2026-01-31T12:00:00Z`

const DEV_EXAMPLES = `
Examples:
  $ interaqt-logto dev
  $ interaqt-logto dev --write-env
  $ interaqt-logto dev --port 3101 --user carol:a-password:Carol
  $ interaqt-logto dev --users users.json --state .logto.json`
