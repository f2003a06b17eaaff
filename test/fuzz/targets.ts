import { callbackUrl } from './callback-url.js'
import { envFile } from './env-file.js'
import { returnToTarget } from './return-to.js'
import { sessionCookie } from './session-cookie.js'
import type { Target } from './target.js'
import { tokens } from './tokens.js'
import { webhookBody } from './webhook-body.js'

/** All targets, in the order in which they run. */
export const TARGETS: readonly Target[] = [
  tokens,
  sessionCookie,
  webhookBody,
  callbackUrl,
  returnToTarget,
  envFile,
]
