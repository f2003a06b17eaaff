import { relative } from 'node:path'
import { defaultResourceOf } from '../../logto/index.js'
import { CliError } from '../cli-error.js'
import { writeEnvFile } from '../env-file.js'
import { type LoginMode, readSettings, type Settings } from '../settings.js'
import { type Terminal, WARNING, wrap } from '../terminal.js'
import { planApiResource } from './api-resource.js'
import type { SetupFlags } from './flags.js'
import { planMachineApplication } from './machine-application.js'
import type { EnvValues, PlanContext, Planner, Step } from './plan.js'
import { askForMissing, canAsk, connect, projectName, withDockerHook } from './questions.js'
import { planSpaApplication } from './spa-application.js'
import { planWebApplication } from './web-application.js'
import { planWebhook } from './webhook.js'

/** What is made in Logto, in this order: the first is the application that people sign in with. */
const PLANNERS: Record<LoginMode, readonly Planner[]> = {
  token: [planSpaApplication, planMachineApplication, planApiResource, planWebhook],
  session: [planWebApplication, planMachineApplication, planApiResource, planWebhook],
}

/**
 * Makes or finds everything that an application needs in Logto, and writes `.env`. Looks first, shows what it would do,
 * asks, and only then writes; what is there already is kept.
 *
 * @throws CliError
 */
export async function setup(terminal: Terminal, flags: SetupFlags): Promise<void> {
  const asked = await askForMissing(terminal, flags)
  const settings = await withDockerHook(terminal, asked, await readSettings(terminal, asked))
  const logto = await connect(terminal, asked, settings)
  const name = asked.name ?? (await projectName(terminal.host.cwd))
  const context: PlanContext = { logto, settings, name, now: terminal.host.now() }
  const steps = await terminal.during('Looking at Logto', () =>
    Promise.all(PLANNERS[settings.loginMode].map((plan) => plan(context))),
  )
  for (const step of steps) concealSecrets(terminal, step.values)

  const env = envPlanOf(settings, steps)
  const isChange = env.names.length > 0 || steps.some(({ action }) => action !== 'keep')
  showPlan(terminal, settings, steps, env.names)
  const isApplied = isChange && !asked.dryRun && (await mayApply(terminal, asked))
  if (isApplied) await applyAll(terminal, settings, steps)
  if (terminal.isJson) terminal.json(resultOf(settings, steps, env.names, isApplied))
  else terminal.line(lastWord(isChange, isApplied))
}

function envValuesOf(settings: Settings, fromLogto: EnvValues): EnvValues {
  const { logtoEndpoint, interaqtEndpoint, frontendUrl, resource, loginMode } = settings
  return {
    LOGTO_ENDPOINT: logtoEndpoint,
    ...fromLogto,
    INTERAQT_ENDPOINT: interaqtEndpoint,
    FRONTEND_URL: frontendUrl,
    // Back from a session, which `.env` may still say.
    ...(loginMode === 'token' && settings.envFile.get('LOGIN_MODE') ? { LOGIN_MODE: loginMode } : {}),
    // Also where `.env` still has another one.
    ...(resource === defaultResourceOf(interaqtEndpoint) && !settings.envFile.get('LOGTO_RESOURCE')
      ? {}
      : { LOGTO_RESOURCE: resource }),
  }
}

function envPlanOf(settings: Settings, steps: Step[]): { names: string[] } {
  const known: EnvValues = Object.assign({}, ...steps.map(({ values }) => values))
  const unknown = steps.flatMap(({ variables }) => variables).filter((name) => !(name in known))
  return { names: [...settings.envFile.differences(envValuesOf(settings, known)), ...unknown] }
}

function showPlan(terminal: Terminal, settings: Settings, steps: Step[], envNames: string[]): void {
  terminal.line(`Logto at ${settings.logtoEndpoint}`)
  terminal.line()
  const file = relative(terminal.host.cwd, settings.envPath) || settings.envPath
  const envStep = {
    subject: 'Environment file',
    name: file,
    action: envActionOf(settings, envNames),
    details: envNames.length > 0 ? [`set ${envNames.join(', ')}`] : [],
  }
  for (const { action, subject, name, details } of [...steps, envStep]) {
    const style = action === 'create' ? 'green' : action === 'change' ? 'yellow' : 'dim'
    terminal.line(`  ${terminal.style(style, action.padEnd(6))}  ${subject.padEnd(16)}  ${name}`)
    for (const detail of details) terminal.line(wrap(detail, 10))
  }
  terminal.line()
}

function envActionOf({ envFile }: Settings, names: string[]): Step['action'] {
  if (names.length === 0) return 'keep'
  return envFile.text === '' ? 'create' : 'change'
}

async function mayApply(terminal: Terminal, flags: SetupFlags): Promise<boolean> {
  if (flags.yes) return true
  if (canAsk(terminal, flags)) return terminal.host.prompts.confirm({ message: 'Do this?' })
  throw new CliError('confirmation_missing', 'Nothing was changed: there is nobody to ask here.', {
    remedy: 'Give --yes to do it, or --dry-run to only look.',
  })
}

async function applyAll(terminal: Terminal, settings: Settings, steps: Step[]): Promise<void> {
  const values: EnvValues = {}
  for (const step of steps) {
    const given =
      step.action === 'keep'
        ? await step.apply()
        : await terminal.during(`${step.subject}: ${step.action}`, () => step.apply(), {
            lastWord: `${step.subject}: ${step.action === 'create' ? 'created' : 'changed'}`,
          })
    concealSecrets(terminal, given)
    Object.assign(values, given)
  }
  const all = envValuesOf(settings, values)
  warnOfShadows(terminal, all)
  if (settings.envFile.differences(all).length > 0)
    await writeEnvFile(settings.envPath, settings.envFile.with(all))
}

/** The environment wins over `.env`, also when the application starts. */
function warnOfShadows(terminal: Terminal, values: EnvValues): void {
  const { env } = terminal.host
  const names = Object.keys(values).filter((name) => env[name] && env[name] !== values[name])
  if (names.length === 0) return
  const warning = `The environment has another ${names.join(', ')}, which wins over .env: unset it before you start the application.`
  terminal.error(warning, WARNING)
}

function concealSecrets(terminal: Terminal, values: EnvValues): void {
  for (const [name, value] of Object.entries(values)) {
    if (/SECRET|KEY/.test(name)) terminal.conceal(value)
  }
}

function lastWord(isChange: boolean, isApplied: boolean): string {
  if (!isChange) return 'Nothing to do: everything is as it should be.'
  return isApplied ? 'Done. `npx interaqt-logto doctor` looks whether it all works.' : 'Nothing was changed.'
}

function resultOf(settings: Settings, steps: Step[], envNames: string[], isApplied: boolean) {
  return {
    logtoEndpoint: settings.logtoEndpoint,
    isApplied,
    steps: steps.map(({ subject, name, action, details }) => ({ subject, name, action, details })),
    envFile: { path: settings.envPath, changed: envNames },
  }
}
