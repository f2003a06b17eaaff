import { access } from 'node:fs/promises'
import { relative } from 'node:path'
import { sharedModeOf } from '../file-mode.js'
import { type Check, ok, warning } from './check.js'

/** Whether the secrets on this machine are for their owner alone. */
export const fileChecks: readonly Check[] = [
  {
    id: 'env-file',
    title: 'Environment file is private',
    needs: [],
    async run({ terminal: { host }, settings: { envPath } }) {
      const name = relative(host.cwd, envPath) || envPath
      const expected = `${name} is readable by you alone`
      const isThere = await access(envPath).then(
        () => true,
        () => false,
      )
      if (!isThere) return ok(expected, `no ${name}`)
      const mode = await sharedModeOf(host, envPath)
      if (mode !== undefined)
        return warning(expected, `others can read or change it (mode ${mode})`, `chmod 600 ${name}`)
      return ok(expected, host.platform === 'win32' ? 'not known: Windows has no file modes' : expected)
    },
  },
]
