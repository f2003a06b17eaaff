import type { Context } from 'hono'
import { longId } from '../../testing/records/identifiers.js'
import type { PasswordVerification } from '../../testing/state/session-store.js'
import { expiredPage, formPage, type ShownAccount } from '../pages/pages.js'
import type { Interaction } from './interaction.js'
import { isRefusal, type Refusal } from './refusal.js'
import type { ShownAccounts } from './shown-accounts.js'

/** Finds the interaction that a request belongs to. */
export type FindInteraction = (context: Context) => Promise<Interaction | undefined>

type Kind = 'sign-in' | 'register'

/** Returns the sign-in, sign-up, cancel and consent pages as Hono handlers. */
export function signInPages(find: FindInteraction, accounts: ShownAccounts) {
  return {
    /** Shows the form. */
    show: (kind: Kind) => async (context: Context) => {
      const interaction = await find(context)
      if (!interaction) return context.html(expiredPage(), 400)
      return context.html(render(context, kind, interaction, accounts(), interaction.loginHint))
    },

    /** Signs in or creates the user and redirects to the application, or shows the form again with the error. */
    submit: (kind: Kind) => async (context: Context) => {
      const interaction = await find(context)
      if (!interaction) return context.html(expiredPage(), 400)
      const form = await context.req.formData()
      const text = (name: string): string => String(form.get(name) ?? '')
      const identifier = text('identifier').trim()
      const outcome =
        kind === 'register'
          ? interaction.register(identifier, text('password'))
          : await interaction.verifyPassword(identifier, text('password'))
      if (isRefusal(outcome))
        return context.html(render(context, kind, interaction, accounts(), identifier, outcome), 422)
      const onward =
        kind === 'register'
          ? interaction.finish(outcome, 'Register')
          : interaction.finish(outcome, 'SignIn', [passwordVerification(identifier)])
      return context.redirect(await onward, 303)
    },

    /** Ends the sign-in without a user. */
    cancel: async (context: Context) => {
      const interaction = await find(context)
      return interaction
        ? context.redirect(await interaction.cancel(), 303)
        : context.html(expiredPage(), 400)
    },

    /** Consents without a page, with the recorded status (recordings/tokens/authorization-code-flow-signin-trace.json). */
    consent: async (context: Context) => {
      const interaction = await find(context)
      return interaction
        ? context.redirect(await interaction.consent(), 302)
        : context.html(expiredPage(), 400)
    },
  }
}

function passwordVerification(value: string): PasswordVerification {
  const type = value.includes('@') ? 'email' : 'username'
  return { id: longId(), type: 'Password', identifier: { type, value }, verified: true }
}

function render(
  context: Context,
  kind: Kind,
  interaction: Interaction,
  accounts: ShownAccount[],
  identifier: string,
  refusal?: Refusal,
): string {
  const query = new URL(context.req.url).search.slice(1)
  const { applicationName } = interaction
  return formPage({ kind, applicationName, query, identifier, accounts, error: refusal })
}
