import { z } from 'zod'
import { asSeenFromDocker } from '../docker.js'
import { Application, Hook } from '../logto-schemas.js'
import { allowsOrigin } from '../requirements.js'
import { SPA_APP_ID, WEB_APP_ID, WEBHOOK_ID, WEBHOOK_KEY } from '../variables.js'
import type { PlanContext } from './plan.js'

/** Names and types of the applications that people sign in with. */
const SIGN_IN_APPLICATIONS = {
  token: { suffix: 'frontend', type: 'SPA' },
  session: { suffix: 'web', type: 'Traditional' },
} as const

/** Returns the name of a project's webhook. */
export function hookNameOf(name: string): string {
  return `${name} sync`
}

/**
 * Resolves with the name for new things in Logto: the project's own, or one with the address of the API where a webhook or
 * an application of that name belongs to another URL: another project of this name, or another stage of this one.
 */
export async function ownNameOf(context: PlanContext): Promise<string> {
  const { logto, settings, name } = context
  const { suffix, type } = SIGN_IN_APPLICATIONS[settings.loginMode]
  const [hooks, applications] = await Promise.all([
    logto.get('/hooks', z.array(Hook)),
    logto.get(`/applications?types=${type}`, z.array(Application)),
  ])
  const namesakes = [
    hooks.filter((hook) => hook.name === hookNameOf(name)).map((hook) => isOwnHook(context, hook)),
    applications
      .filter((application) => application.name === `${name} (${suffix})` && application.type === type)
      .map((application) => isOwnApplication(context, application)),
  ]
  const isTaken = namesakes.some((areOwn) => areOwn.length > 0 && !areOwn.includes(true))
  if (!isTaken) return name
  const { host, pathname } = new URL(settings.interaqtEndpoint)
  return `${name} at ${host}${pathname.replace(/\/$/, '')}`
}

/**
 * Whether a webhook is this project's: it leads to our API, or `.env` names it and a person may be asked. By `--yes` alone
 * none is led elsewhere, because a copied `.env` names the webhook of the project that it was copied from.
 */
export function isOwnHook({ settings, mayMove }: PlanContext, { id, config, signingKey }: Hook): boolean {
  const [ourId, ourKey] = [settings.variable(WEBHOOK_ID), settings.variable(WEBHOOK_KEY)]
  if (config.url === settings.hookUrl || config.url === asSeenFromDocker(settings.hookUrl)) return true
  const isNamed = id === ourId || signingKey === ourKey
  return isNamed && (mayMove || hasOriginOf(config.url, settings.hookUrl))
}

/** Whether an application is this project's: `.env` names it, or it leads back to our pages; and it reports to no other API. */
export function isOwnApplication({ settings, mayMove }: PlanContext, application: Application): boolean {
  const { redirectUris, backchannelLogoutUri } = application.oidcClientMetadata
  const isNamed = [SPA_APP_ID, WEB_APP_ID].some((name) => settings.variable(name) === application.id)
  const reportsElsewhere =
    backchannelLogoutUri !== undefined && !hasOriginOf(backchannelLogoutUri, settings.backchannelLogoutUri)
  if (reportsElsewhere && !(isNamed && mayMove)) return false
  const isOurPage = (uri: string) => allowsOrigin(redirectUris, new URL(uri.replaceAll('*', 'x')).origin)
  return isNamed || redirectUris.length === 0 || settings.redirectUris.some(isOurPage)
}

function hasOriginOf(url: string, ours: string): boolean {
  if (!URL.canParse(url)) return false
  return [ours, asSeenFromDocker(ours)].some((known) => new URL(known).origin === new URL(url).origin)
}
