import { parse } from './peers.js'

/**
 * Returns the cookies of a request whose names begin with `prefix`: each as often as it was sent, in their order. Hono's
 * parser reads them one by one, because of a name that comes twice it returns one value, and which one depends on its
 * version.
 */
export function sentCookies(header: string | undefined, prefix: string): [name: string, value: string][] {
  if (!header?.includes(prefix)) return []
  return header
    .split(';')
    .filter((pair) => pair.includes(prefix))
    .flatMap((pair) => {
      // The name alone first: the parser skips a pair whose value no cookie can have, but its name was sent.
      const [name = ''] = Object.keys(parse(pair.slice(0, pair.indexOf('=') + 1)))
      return name.startsWith(prefix) ? [[name, parse(pair)[name] ?? ''] satisfies [string, string]] : []
    })
}
