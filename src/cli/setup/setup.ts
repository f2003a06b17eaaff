import { relative } from 'node:path'
import { defaultResourceOf } from '../../logto/index.js'
import { CliError } from '../cli-error.js'
import { writeEnvFile } from '../env-file.js'
import { sayPrivate, sharedModeOf } from '../file-mode.js'
import { concealSecrets, type LoginMode, type Settings } from '../settings.js'
import { warnOfShadows } from '../shadows.js'
import { type Terminal, wrap } from '../terminal.js'
import { M2M_APP_ID, SECRETS, WEB_APP_ID, WEBHOOK_ID } from '../variables.js'
import { planApiResource } from './api-resource.js'
import { planMachineApplication } from './machine-application.js'
import { ownNameOf } from './own-name.js'
import { actionOf, type PlanContext, type Planner, type Step } from './plan.js'
import { askForSettings, canAsk, connect, projectName, type SetupFlags, withDockerHook } from './questions.js'
import { planSpaApplication } from './spa-application.js'
import { planWebApplication } from './web-application.js'
import { planWebhook } from './webhook.js'

/** The steps, in this order. The first is for the application that people sign in with. */
const PLANNERS: Record<LoginMode, readonly Planner[]> = {
  token: [planSpaApplication, planMachineApplication, planApiResource, planWebhook],
  session: [planWebApplication, planMachineApplication, planApiResource, planWebhook],
}

const READ_AT_START = [
  ...SECRETS,
  M2M_APP_ID,
  WEB_APP_ID,
  WEBHOOK_ID,
  'LOGTO_ENDPOINT',
  'LOGTO_RESOURCE',
  'INTERAQT_ENDPOINT',
]

/** What happens to the `.env` file. */
interface EnvPlan {
  /** Variables to set. */
  names: string[]
  /** Its mode, when others can read it: it becomes private. */
  sharedMode: string | undefined
}

/**
 * Finds or creates everything that an application needs in Logto, and writes `.env`. Reads first, shows the plan, asks,
 * and only then writes; what exists already is kept.
 *
 * @throws CliError
 */
export async function setup(terminal: Terminal, flags: SetupFlags): Promise<void> {
  const settings = await withDockerHook(terminal, flags, await askForSettings(terminal, flags))
  const logto = await connect(terminal, flags, settings)
  const name = flags.name ?? (await projectName(terminal.host.cwd))
  const now = terminal.host.now()
  const asked: PlanContext = { logto, settings, name, now, mayMove: canAsk(terminal, flags) }
  const steps = await terminal.during('Looking at Logto', async () => {
    const context = { ...asked, name: await ownNameOf(asked) }
    return Promise.all(PLANNERS[settings.loginMode].map((plan) => plan(context)))
  })
  const planned: Step['values'] = Object.assign({}, ...steps.map(({ values }) => values))
  concealSecrets(terminal, (name) => planned[name])
  const env: EnvPlan = {
    names: settings.envFile.differences(envValuesOf(settings, planned)),
    sharedMode: await sharedModeOf(terminal.host, settings.envPath),
  }
  const isChange =
    env.names.length > 0 || env.sharedMode !== undefined || steps.some(({ action }) => action !== 'keep')
  showPlan(terminal, settings, steps, env)
  const isApplied = isChange && !flags.dryRun && (await mayApply(terminal, flags))
  if (isApplied) await applyAll(terminal, settings, steps, env)
  if (terminal.isJson) terminal.json(resultOf(settings, steps, env, isApplied))
  else terminal.line(wrap(lastWord(isChange, isApplied, needsRestart(env)), 0))
}

/** Whether the API has to be started again: it reads its ids and secrets at the start. */
function needsRestart({ names }: EnvPlan): boolean {
  return names.some((name) => READ_AT_START.includes(name))
}

function envValuesOf(settings: Settings, fromLogto: Step['values']): Step['values'] {
  const { logtoEndpoint, interaqtEndpoint, frontendUrl, resource, loginMode } = settings
  return {
    LOGTO_ENDPOINT: logtoEndpoint,
    ...fromLogto,
    INTERAQT_ENDPOINT: interaqtEndpoint,
    FRONTEND_URL: frontendUrl,
    // `.env` may still say session.
    ...(loginMode === 'token' && settings.envFile.get('LOGIN_MODE') ? { LOGIN_MODE: loginMode } : {}),
    // Also where `.env` still has another value.
    ...(resource === defaultResourceOf(interaqtEndpoint) && !settings.envFile.get('LOGTO_RESOURCE')
      ? {}
      : { LOGTO_RESOURCE: resource }),
  }
}

function showPlan(
  terminal: Terminal,
  settings: Settings,
  steps: Step[],
  { names, sharedMode }: EnvPlan,
): void {
  terminal.line(`Logto at ${settings.logtoEndpoint}`)
  terminal.line()
  const file = shownEnvPath(terminal, settings)
  const details = [
    ...(names.length > 0 ? [`set ${names.join(', ')}`] : []),
    ...(sharedMode === undefined
      ? []
      : [`make it readable by you alone: others can read it (mode ${sharedMode})`]),
  ]
  const isNew = names.length > 0 && settings.envFile.text === '' && sharedMode === undefined
  const envStep = {
    subject: 'Environment file',
    name: file,
    action: isNew ? 'create' : actionOf(file, details),
    details,
  }
  for (const { action, subject, name, details } of [...steps, envStep]) {
    const style = action === 'create' ? 'green' : action === 'change' ? 'yellow' : 'dim'
    terminal.line(`  ${terminal.style(style, action.padEnd(6))}  ${subject.padEnd(16)}  ${name}`)
    for (const detail of details) terminal.line(wrap(detail, 10))
  }
  terminal.line()
}

async function mayApply(terminal: Terminal, flags: SetupFlags): Promise<boolean> {
  if (flags.yes) return true
  if (canAsk(terminal, flags)) return terminal.host.prompts.confirm({ message: 'Do this?' })
  throw new CliError('confirmation_missing', 'Nothing was changed: there is nobody to ask here.', {
    remedy: 'Give --yes to do it, or --dry-run to only look.',
  })
}

async function applyAll(
  terminal: Terminal,
  settings: Settings,
  steps: Step[],
  { sharedMode }: EnvPlan,
): Promise<void> {
  const values: Step['values'] = {}
  for (const step of steps) {
    const { subject, action } = step
    const lastWord = `${subject}: ${action === 'create' ? 'created' : 'changed'}`
    const added =
      action === 'keep'
        ? step.values
        : await terminal.during(`${subject}: ${action}`, () => step.apply(), { lastWord })
    concealSecrets(terminal, (name) => added[name])
    Object.assign(values, added)
  }
  const all = envValuesOf(settings, values)
  warnOfShadows(terminal, all)
  const becomesPrivate = sharedMode !== undefined
  const { envPath, envFile } = settings
  if (becomesPrivate || envFile.differences(all).length > 0)
    await writeEnvFile(envPath, envFile.with(all), { becomesPrivate })
  if (becomesPrivate) await sayPrivate(terminal, envPath, shownEnvPath(terminal, settings))
}

function shownEnvPath({ host }: Terminal, { envPath }: Settings): string {
  return relative(host.cwd, envPath) || envPath
}

function lastWord(isChange: boolean, isApplied: boolean, isRestartNeeded: boolean): string {
  if (!isChange) return 'Nothing to do: everything is as it should be.'
  if (!isApplied) return 'Nothing was changed.'
  const restart = isRestartNeeded ? ' If the API runs, restart the API: it reads .env at the start.' : ''
  return `Done.${restart} \`npx interaqt-logto doctor\` checks that it all works.`
}

function resultOf(settings: Settings, steps: Step[], env: EnvPlan, isApplied: boolean) {
  const { names, sharedMode } = env
  return {
    logtoEndpoint: settings.logtoEndpoint,
    isApplied,
    restartApi: isApplied && needsRestart(env),
    steps: steps.map(({ subject, name, action, details }) => ({ subject, name, action, details })),
    envFile: { path: settings.envPath, changed: names, becomesPrivate: sharedMode !== undefined },
  }
}
