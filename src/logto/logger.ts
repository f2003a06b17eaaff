import { type OptionRule, objectThatCan } from './option-rules.js'

/** Where an entry writes its log, an entry for each call. `console` is one, and so is a logger of pino or winston. */
export interface Logger {
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}

export const LOGGER: OptionRule = objectThatCan('a logger such as console', 'info', 'warn', 'error')
