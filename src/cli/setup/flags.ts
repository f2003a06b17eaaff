import type { CommonFlags } from '../settings.js'

/** Flags of `setup`. */
export interface SetupFlags extends CommonFlags {
  managementAppId?: string
  name?: string
  docker?: boolean
  dryRun?: boolean
  yes?: boolean
}
