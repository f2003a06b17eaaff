import type { Context, Hono } from 'hono'
import { ZodError, z } from 'zod/v3'
import { invalidBody } from '../../testing/management/errors.js'
import { longId } from '../../testing/state/identifiers.js'
import type { UserRecord } from '../../testing/state/records.js'
import type { LogtoState } from '../../testing/state/state.js'
import { jsonResponse } from '../json.js'
import { isRefusal, type Refusal } from '../provider/refusal.js'
import type { Interaction, InteractionEvent } from './interaction.js'
import type { FindInteraction } from './sign-in-pages.js'

const identifier = z.object({ type: z.enum(['username', 'email']), value: z.string().min(1) })
const event = z.enum(['SignIn', 'Register', 'ForgotPassword'])

/** What a person has proved so far in one interaction. */
interface Progress {
  event: InteractionEvent
  /** Whom a passed password check found. */
  passwords: Map<string, UserRecord>
  /** Whom a sign-up names. */
  identities: Map<string, { identifier: string; password?: string | undefined }>
  /** Which email addresses a code was sent to, and whether it came back. */
  codes: Map<string, { recipient: string; verified: boolean }>
  current?: { identifier: string; password?: string | undefined } | undefined
  user?: UserRecord | undefined
}

/**
 * Logto's experience API, as its own sign-in pages use it: sign-in and sign-up with a password, sign-up and password
 * reset with a code. Source: recordings/tokens/authorization-code-flow-*-trace.json, register-email-trace.json and
 * reset-password-trace.json.
 */
export function experienceApi(state: LogtoState, find: FindInteraction, HonoClass: typeof Hono): Hono {
  const progresses = new Map<string, Progress>()
  const app = new HonoClass()
  app.onError((error) => {
    if (error instanceof ZodError) return invalidBody(error).toResponse()
    throw error
  })

  const step =
    (handle: (step: Step) => Response | Promise<Response>) =>
    async (context: Context): Promise<Response> => {
      const interaction = await find(context)
      if (!interaction) return refuse(sessionNotFound)
      const body: unknown = await context.req.json().catch(() => undefined)
      const progress = progresses.get(interaction.id) ?? newProgress('SignIn')
      progresses.set(interaction.id, progress)
      return handle({ interaction, body, progress })
    }

  app.put(
    '/',
    step(({ interaction, body }) => {
      const { interactionEvent } = z.object({ interactionEvent: event }).parse(body)
      progresses.set(interaction.id, newProgress(interactionEvent))
      return noContent()
    }),
  )
  app.post(
    '/verification/password',
    step(({ interaction, body, progress }) => {
      const proof = z.object({ identifier, password: z.string() }).parse(body)
      const outcome = interaction.verifyPassword(proof.identifier.value, proof.password)
      if (isRefusal(outcome)) return refuse(outcome)
      return verified(progress.passwords, outcome)
    }),
  )
  app.post(
    '/verification/new-password-identity',
    step(({ body, progress }) => {
      const identity = z.object({ identifier, password: z.string() }).parse(body)
      const { value } = identity.identifier
      return verified(progress.identities, { identifier: value, password: identity.password })
    }),
  )
  app.post(
    '/verification/verification-code',
    step(({ interaction, body, progress }) => {
      const wanted = z.object({ identifier, interactionEvent: event.optional() }).parse(body)
      const recipient = wanted.identifier.value
      const refusal = interaction.sendCode(recipient, wanted.interactionEvent ?? progress.event)
      if (refusal) return refuse(refusal)
      return verified(progress.codes, { recipient, verified: false })
    }),
  )
  app.post(
    '/verification/verification-code/verify',
    step(({ body, progress }) => {
      const proof = z.object({ identifier, verificationId: z.string(), code: z.string() }).parse(body)
      const sent = progress.codes.get(proof.verificationId)
      if (
        sent?.recipient !== proof.identifier.value ||
        state.messages.lastCode(sent.recipient) !== proof.code
      ) {
        return refuse(wrongCode)
      }
      sent.verified = true
      return jsonResponse({ verificationId: proof.verificationId })
    }),
  )
  app.post(
    '/profile',
    step(({ body, progress }) => {
      const { value } = z.object({ type: z.literal('password'), value: z.string() }).parse(body)
      if (progress.current) progress.current.password = value
      return noContent()
    }),
  )
  app.put(
    '/profile/password',
    step(({ interaction, body, progress }) => {
      const { password } = z.object({ password: z.string() }).parse(body)
      if (!progress.user) return refuse(sessionNotFound)
      const refusal = interaction.resetPassword(progress.user, password)
      return refusal ? refuse(refusal) : noContent()
    }),
  )
  app.post(
    '/identification',
    step((step) => {
      const { verificationId } = z.object({ verificationId: z.string().optional() }).parse(step.body ?? {})
      return identify(state, step, verificationId)
    }),
  )
  app.post(
    '/submit',
    step(async ({ interaction, progress }) => {
      const { event, user } = progress
      if (!user) return refuse(sessionNotFound)
      if (event === 'ForgotPassword') return noContent()
      return jsonResponse({ redirectTo: await interaction.finish(user, event) })
    }),
  )
  return app
}

interface Step {
  interaction: Interaction
  body: unknown
  progress: Progress
}

function identify(state: LogtoState, step: Step, verificationId = ''): Response {
  const { interaction, progress } = step
  if (progress.event === 'SignIn') {
    progress.user = progress.passwords.get(verificationId)
    return progress.user ? noContent() : refuse(sessionNotFound)
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
  return new Response('Created', { status: 201, headers: { 'content-type': 'text/plain; charset=utf-8' } })
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
