import { confirm, isCancel, password, spinner, text } from '@clack/prompts'
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
  progress(message) {
    const turning = spinner()
    turning.start(message)
    return (lastWord) => turning.stop(lastWord)
  },
}

function cancelled(): CliError {
  return new CliError('cancelled', 'Cancelled. Nothing was changed.')
}
