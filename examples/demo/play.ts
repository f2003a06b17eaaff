import { chromiumPath } from '../../test/support/chromium.js'
import type { Application } from './application.js'
import { story } from './story.js'
import { openBrowserWorld, openHttpWorld } from './world.js'

/** Plays the whole story and prints each step with its time and verdict. Gives whether all of it went well. */
export async function play(
  application: Application,
  print: (line: string) => void,
  { isInBrowser = chromiumPath !== undefined } = {},
): Promise<boolean> {
  const world = await (isInBrowser ? openBrowserWorld(application) : openHttpWorld(application))
  print(isInBrowser ? `Playing in ${chromiumPath}` : 'Playing over HTTP')
  try {
    for (const { title, play } of story) {
      const started = performance.now()
      const failure = await play(world).then(
        () => undefined,
        (error: unknown) => error,
      )
      print(`${failure ? 'FAIL' : 'ok  '} ${seconds(started)}  ${title}`)
      if (failure) {
        print(failure instanceof Error ? (failure.stack ?? failure.message) : String(failure))
        // Each step builds on those before it.
        return false
      }
    }
    return true
  } finally {
    await world.close()
  }
}

/** Time since `started`, for people. */
export const seconds = (started: number): string => `${((performance.now() - started) / 1000).toFixed(2)} s`
