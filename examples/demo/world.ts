import { chromium } from 'playwright-core'
import { CHROMIUM_ARGUMENTS, chromiumPath } from '../../test/support/chromium.js'
import type { Application } from './application.js'
import { openBrowserPerson } from './browser-person.js'
import { httpPerson } from './http-person.js'
import { connectManagementApi } from './management-api.js'
import type { Person, World } from './story.js'

/** A world whose people use a headless Chromium, each with cookies and storage of their own. */
export async function openBrowserWorld(application: Application) {
  const [browser, logto] = await Promise.all([
    chromium.launch({ executablePath: chromiumPath ?? 'chromium', args: CHROMIUM_ARGUMENTS }),
    connectManagementApi(application),
  ])
  const person = onePerName(async (username) =>
    openBrowserPerson(await browser.newContext(), application, username),
  )
  return { person, logto, browser, close: () => browser.close() } satisfies World & {
    [extra: string]: unknown
  }
}

/** A world whose people make the requests themselves. */
export async function openHttpWorld(application: Application) {
  const logto = await connectManagementApi(application)
  const person = onePerName(async (username) => httpPerson(application, username))
  return { person, logto, close: async () => {} } satisfies World & { [extra: string]: unknown }
}

function onePerName<P extends Person>(
  open: (username: string) => Promise<P>,
): (username: string) => Promise<P> {
  const people = new Map<string, Promise<P>>()
  return (username) => {
    const known = people.get(username) ?? open(username)
    people.set(username, known)
    return known
  }
}
