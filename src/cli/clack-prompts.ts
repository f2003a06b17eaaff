import { confirm, isCancel, password, progress, spinner, text } from '@clack/prompts'
import { CliError } from './cli-error.js'
import type { Prompts } from './terminal.js'

/** The questions, asked with @clack/prompts. */
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
  async password({ message, validate }) {
    const answer = await password({
      message,
      ...(validate === undefined ? {} : { validate: (value) => validate(value ?? '') }),
    })
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
    const indicator = bar ?? spinner(options)
    indicator.start(message)
    process.once('exit', exitAsInterrupted)
    const ended = () => process.off('exit', exitAsInterrupted)
    return {
      advance: (step) => (bar ? bar.advance(1, step) : indicator.message(step)),
      done(lastWord) {
        ended()
        indicator.stop(lastWord)
      },
      failed(lastWord) {
        ended()
        indicator.error(lastWord)
      },
    }
  },
}

// On Ctrl-C @clack/prompts ends the process with 0, and `setup && npm start` would go on. 130 is 128 and the number of SIGINT.
function exitAsInterrupted(): void {
  process.exitCode = 130
}

function cancelled(): CliError {
  return new CliError('cancelled', 'Cancelled: nothing was changed.')
}
