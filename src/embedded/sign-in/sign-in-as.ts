import { checkOptions } from '../../logto/check-options.js'
import { OBJECT, objectThatCan, required } from '../../logto/option-rules.js'

/** The part of a Playwright page that signing in uses. */
export interface SignInPage {
  fill(selector: string, value: string): Promise<unknown>
  click(selector: string): Promise<unknown>
}

/** Who signs in. */
export interface SignInUser {
  username?: string | null | undefined
  primaryEmail?: string | null | undefined
  password?: string | undefined
}

const RULES = {
  page: required(objectThatCan('a page of Playwright', 'fill', 'click')),
  // A seeded user has further fields.
  user: required(OBJECT),
}

/**
 * Signs a user in on the page, which shows the sign-in page already or gets there by redirects.
 *
 * @throws TypeError when the user has no password or neither username nor email address.
 */
export async function signInAs(page: SignInPage, user: SignInUser): Promise<void> {
  checkOptions('signInAs', { page, user }, RULES)
  const identifier = user.username ?? user.primaryEmail
  if (!identifier || !user.password) {
    throw new TypeError('signInAs needs a username or primaryEmail, and the password')
  }
  await page.fill('input[name=identifier]', identifier)
  await page.fill('input[name=password]', user.password)
  await page.click('button[type=submit]')
}
