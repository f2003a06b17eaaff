import type { Hono } from 'hono'
import { z } from 'zod/v3'
import { jsonResponse, textResponse } from '../../testing/http/bodies.js'
import { parseBody } from '../../testing/management/router.js'
import { longId } from '../../testing/records/identifiers.js'
import type { UserRecord } from '../../testing/records/records.js'
import type { PasswordVerification } from '../../testing/state/session-store.js'
import type { LogtoState } from '../../testing/state/state.js'
import type { Interaction, InteractionEvent } from './interaction.js'
import { isRefusal, type Refusal } from './refusal.js'
import type { FindInteraction } from './sign-in-pages.js'

const identifier = z.object({ type: z.enum(['username', 'email']), value: z.string().min(1) })
const event = z.enum(['SignIn', 'Register', 'ForgotPassword'])
const password = z.string()
const credentials = z.object({ identifier, password })
const codeRequest = z.object({ identifier, interactionEvent: event.optional() })
const codeProof = z.object({ identifier, verificationId: z.string(), code: z.string() })
const profilePassword = z.object({ type: z.literal('password'), value: password })
const identification = z.object({ verificationId: z.string().optional() }).optional()

/** What a person has done so far in one interaction. The maps are by verification id. */
interface Progress {
  event: InteractionEvent
  /** Users whose password was right, and the identifier they gave with it. */
  passwords: Map<string, { user: UserRecord; identifier: PasswordVerification['identifier'] }>
  /** Accounts that a sign-up wants to create. */
  identities: Map<string, { identifier: string; password?: string | undefined }>
  /** Email addresses that a code was sent to, and whether the right code came back. */
  codes: Map<string, { recipient: string; verified: boolean }>
  current?: { identifier: string; password?: string | undefined } | undefined
  user?: UserRecord | undefined
  /** The password that identified the user. */
  verified?: PasswordVerification[]
}

/**
 * Logto's experience API, as its own sign-in pages use it: sign-in and sign-up with a password, sign-up and password
 * reset with a code. Source: recordings/tokens/authorization-code-flow-*-trace.json, register-email-trace.json and
 * reset-password-trace.json.
 */
export function experienceApi(state: LogtoState, find: FindInteraction, HonoClass: typeof Hono): Hono {
  const progresses = new Map<string, Progress>()
  const app = new HonoClass()

  const on = <Body>(
    method: 'POST' | 'PUT',
    path: string,
    schema: z.ZodType<Body, z.ZodTypeDef, unknown>,
    handle: (step: Step, body: Body) => Response | Promise<Response>,
  ): void => {
    app.on(method, path, async (context) => {
      const interaction = await find(context)
      if (!interaction) return refuse(sessionNotFound)
      const progress = progresses.get(interaction.id) ?? newProgress('SignIn')
      progresses.set(interaction.id, progress)
      const body = parseBody(schema, await context.req.json().catch(() => undefined))
      return handle({ interaction, progress }, body)
    })
  }

  on('PUT', '/', z.object({ interactionEvent: event }), ({ interaction }, { interactionEvent }) => {
    progresses.set(interaction.id, newProgress(interactionEvent))
    return noContent()
  })
  on(
    'POST',
    '/verification/password',
    credentials,
    async ({ interaction, progress }, { identifier, password }) => {
      const outcome = await interaction.verifyPassword(identifier.value, password)
      return isRefusal(outcome)
        ? refuse(outcome)
        : verified(progress.passwords, { user: outcome, identifier })
    },
  )
  on('POST', '/verification/new-password-identity', credentials, ({ progress }, { identifier, password }) =>
    verified(progress.identities, { identifier: identifier.value, password }),
  )
  on('POST', '/verification/verification-code', codeRequest, ({ interaction, progress }, wanted) => {
    const recipient = wanted.identifier.value
    const refusal = interaction.sendCode(recipient, wanted.interactionEvent ?? progress.event)
    return refusal ? refuse(refusal) : verified(progress.codes, { recipient, verified: false })
  })
  on('POST', '/verification/verification-code/verify', codeProof, ({ progress }, proof) => {
    const { verificationId, identifier, code } = proof
    const sent = progress.codes.get(verificationId)
    if (sent?.recipient !== identifier.value || state.messages.lastCode(sent.recipient) !== code) {
      return refuse(wrongCode)
    }
    sent.verified = true
    return jsonResponse({ verificationId })
  })
  on('POST', '/profile', profilePassword, ({ progress }, { value }) => {
    if (progress.current) progress.current.password = value
    return noContent()
  })
  on('PUT', '/profile/password', z.object({ password }), ({ interaction, progress }, { password }) => {
    if (!progress.user) return refuse(sessionNotFound)
    const refusal = interaction.resetPassword(progress.user, password)
    return refusal ? refuse(refusal) : noContent()
  })
  on('POST', '/identification', identification, (step, body) => identify(state, step, body?.verificationId))
  on('POST', '/submit', z.unknown(), async ({ interaction, progress: { event, user, verified } }) => {
    if (!user) return refuse(sessionNotFound)
    if (event === 'ForgotPassword') return noContent()
    return jsonResponse({ redirectTo: await interaction.finish(user, event, verified) })
  })
  return app
}

interface Step {
  interaction: Interaction
  progress: Progress
}

function identify(state: LogtoState, step: Step, verificationId = ''): Response {
  const { interaction, progress } = step
  if (progress.event === 'SignIn') {
    const password = progress.passwords.get(verificationId)
    if (!password) return refuse(sessionNotFound)
    const { user, identifier } = password
    progress.user = user
    progress.verified = [{ id: verificationId, type: 'Password', identifier, verified: true }]
    return noContent()
  }
  const code = progress.codes.get(verificationId)
  if (progress.event === 'ForgotPassword') {
    const user = code?.verified ? state.users.byIdentifier(code.recipient) : undefined
    if (!user) return refuse(userNotFound)
    progress.user = user
    return noContent()
  }
  const proved = code?.verified ? { identifier: code.recipient } : undefined
  progress.current = progress.identities.get(verificationId) ?? proved ?? progress.current
  if (!progress.current) return refuse(sessionNotFound)
  if (progress.current.password === undefined) return refuse(missingPassword)
  const outcome = interaction.register(progress.current.identifier, progress.current.password)
  if (isRefusal(outcome)) return refuse(outcome)
  progress.user = outcome
  return textResponse('Created', 201)
}

function verified<T>(proofs: Map<string, T>, proof: T): Response {
  const verificationId = longId()
  proofs.set(verificationId, proof)
  return jsonResponse({ verificationId })
}

const refuse = ({ code, data, message, status }: Refusal): Response =>
  jsonResponse({ code, data, message }, status)

const noContent = (): Response => new Response(null, { status: 204 })

const newProgress = (event: InteractionEvent): Progress => ({
  event,
  passwords: new Map(),
  identities: new Map(),
  codes: new Map(),
})

const sessionNotFound: Refusal = {
  code: 'session.not_found',
  message: 'Session not found. Please go back and sign in again.',
  status: 400,
}
const wrongCode: Refusal = {
  code: 'verification_code.code_mismatch',
  message: 'Invalid verification code.',
  status: 400,
}
const userNotFound: Refusal = { code: 'user.user_not_exist', message: 'User does not exist.', status: 404 }
/** recordings/tokens/register-email-trace.json */
const missingPassword: Refusal = {
  code: 'user.missing_profile',
  message: 'You need to provide additional info before signing-in.',
  status: 422,
  data: { missingProfile: ['password'] },
}
