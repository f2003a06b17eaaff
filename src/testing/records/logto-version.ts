import { oneOf } from '../../logto/option-rules.js'

/** The versions of Logto that were measured: the release, and a build of the development version of 2026-08-21 (docs/facts.md, "Versions"). */
export const LOGTO_VERSIONS = ['1.42.0', 'development'] as const

/** A version of Logto that the look-alike can be. */
export type LogtoVersion = (typeof LOGTO_VERSIONS)[number]

export const LOGTO_VERSION = oneOf(...LOGTO_VERSIONS)
