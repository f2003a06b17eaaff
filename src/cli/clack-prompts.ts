import { confirm, isCancel, password, progress, spinner, text } from '@clack/prompts'
import { CliError } from './cli-error.js'
import type { Prompts } from './terminal.js'

/** Questions by @clack/prompts. */
export const clackPrompts: Prompts = {
  async text({ message, initialValue, validate }) {
    const answer = await text({
      message,
      ...(initialValue === undefined ? {} : { initialValue }),
      ...(validate === undefined ? {} : { validate: (value) => validate(value ?? '') }),
    })
    if (isCancel(answer)) throw cancelled()
    return answer
  },
  async password({ message }) {
    const answer = await password({ message })
    if (isCancel(answer)) throw cancelled()
    return answer
  },
  async confirm({ message, initialValue = true }) {
    const answer = await confirm({ message, initialValue })
    if (isCancel(answer)) throw cancelled()
    return answer
  },
  progress(message, steps) {
    const options = { cancelMessage: `${message}: interrupted` }
    const bar = steps === undefined ? undefined : progress({ ...options, max: steps, size: 24 })
    const turning = bar ?? spinner(options)
    turning.start(message)
    process.once('exit', sayInterrupted)
    const ended = () => process.off('exit', sayInterrupted)
    return {
      advance: (step) => (bar ? bar.advance(1, step) : turning.message(step)),
      done(lastWord) {
        ended()
        turning.stop(lastWord)
      },
      failed(lastWord) {
        ended()
        turning.error(lastWord)
      },
    }
  },
}

// Ctrl-C ends the process inside @clack/prompts, with 0: `setup && npm start` would go on. 128 and the number of SIGINT.
function sayInterrupted(): void {
  process.exitCode = 130
}

function cancelled(): CliError {
  return new CliError('cancelled', 'Cancelled: nothing was changed.')
}
