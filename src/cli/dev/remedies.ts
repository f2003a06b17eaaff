import type { RefusedRequest } from '@yourorg/interaqt-logto/embedded'
import { slipIn } from '../../embedded/refusals/refused-request.js'
import { redirectUriProblem, resourceProblem } from '../validation.js'
import { M2M_APP_ID, M2M_APP_SECRET, SPA_APP_ID, WEB_APP_ID, WEB_APP_SECRET } from '../variables.js'
import { IDS } from './seed.js'

const COMMAND = 'npx interaqt-logto dev'

/** Returns the line that lets a refused request pass: a flag of `dev`, or a variable of the application. */
export function remedyInDev(refused: RefusedRequest): string {
  const { what, sent, application } = refused
  switch (what) {
    case 'client_id':
      return (
        `${SPA_APP_ID}=${IDS[SPA_APP_ID]} (with LOGIN_MODE=session ${WEB_APP_ID}=${IDS[WEB_APP_ID]}, ` +
        `for the API ${M2M_APP_ID}=${IDS[M2M_APP_ID]})`
      )
    case 'client_secret': {
      const name = application?.type === 'Traditional' ? WEB_APP_SECRET : M2M_APP_SECRET
      return `${name} in .env, to the one that dev prints (${COMMAND} --write-env)`
    }
    case 'redirect_uri':
      if (application?.type === 'MachineToMachine') return `${SPA_APP_ID}=${IDS[SPA_APP_ID]}`
      return redirectUriLine(refused, '--redirect-uri')
    case 'post_logout_redirect_uri':
      return redirectUriLine(refused, '--post-sign-out-redirect-uri')
    case 'origin':
      return `${COMMAND} --frontend-url ${quotedForShell(sent)}`
    case 'resource':
      return resourceLine(refused)
  }
}

function redirectUriLine({ sent, registered }: RefusedRequest, flag: string): string {
  const problem = redirectUriProblem(sent)
  if (problem !== undefined) return `the address that the application sends: it ${problem}`
  // The same page of another origin: the whole frontend is there, for example since its usual port was taken.
  const { origin } = new URL(sent)
  if (registered.some((uri) => URL.canParse(uri) && uri.replace(new URL(uri).origin, origin) === sent))
    return `${COMMAND} --frontend-url ${quotedForShell(origin)}`
  return `${COMMAND} ${flag} ${quotedForShell(sent)}`
}

function resourceLine(refused: RefusedRequest): string {
  const { sent } = refused
  const slip = slipIn(refused)
  if (slip)
    return `resource: '${slip.meant}' of the application's Client (or LOGTO_RESOURCE, where .env has it)`
  const problem = resourceProblem(sent)
  if (problem !== undefined) return `the resource that the application asks for: it ${problem}`
  const endpoint = /^(https?:\/\/.+)\/interaction$/.exec(sent)?.[1]
  return endpoint === undefined
    ? `${COMMAND} --resource ${quotedForShell(sent)}`
    : `${COMMAND} --interaqt-endpoint ${quotedForShell(endpoint)}`
}

// People copy the line, and any page that their browser shows can send such a request.
function quotedForShell(text: string): string {
  return /^[\w./:@%+,=~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
