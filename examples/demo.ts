import { startApplication } from './demo/application.js'
import { buildIfNeeded } from './demo/build-package.js'
import { play, seconds } from './demo/play.js'
import { choosePorts, PREFERRED_PORTS } from './demo/ports.js'
import { linkPackage } from './link-package.js'

/**
 * `npm run demo` serves the starter on an embedded Logto until Ctrl-C. `npm run demo -- --check` plays its whole story
 * without a person, in a headless Chromium when there is one, reports each step, and exits with 0 or 1; with `--http` it
 * plays without a browser.
 */
const isCheck = process.argv.includes('--check')
const isHttp = process.argv.includes('--http')

await buildIfNeeded(console.log)
await linkPackage()
const started = performance.now()
const ports = await choosePorts(PREFERRED_PORTS)
const application = await startApplication(ports, (text) => process.stdout.write(text))
console.log(`Ready after ${seconds(started)}`)

// A terminal's Ctrl-C reaches the application by itself; a signal from elsewhere reaches this process alone.
process.once('SIGINT', application.stop)
process.once('SIGTERM', application.stop)

if (isCheck) {
  const allWell = await play(application, console.log, isHttp ? { isInBrowser: false } : {})
  await application.stop()
  console.log(allWell ? `The demo works (${seconds(started)}).` : 'The demo does not work.')
  process.exitCode = allWell ? 0 : 1
} else {
  await application.ended
}
