import { type Terminal, WARNING } from './terminal.js'

/** Warns of environment variables that differ from what `.env` gets: they win, also when the application starts. */
export function warnOfShadows(
  terminal: Terminal,
  values: Readonly<Record<string, string | undefined>>,
): void {
  const { env } = terminal.host
  const names = Object.keys(values).filter((name) => env[name] && env[name] !== values[name])
  if (names.length === 0) return
  const warning = `The environment has another ${names.join(', ')}, which wins over .env: unset it before you start the application.`
  terminal.error(warning, WARNING)
}
