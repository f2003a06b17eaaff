import type { BrowserContext, Page } from 'playwright-core'
import type { Application } from './application.js'
import type { Person } from './story.js'

/** A person with a browser of their own, who uses the pages as people do: by what is written on them. */
export async function openBrowserPerson(
  context: BrowserContext,
  { interaqtEndpoint, frontendUrl }: Application,
  username: string,
): Promise<Person & { page: Page }> {
  const page = await context.newPage()
  // With a session the frontend's origin serves the API too.
  const apiCalls = ({ origin, pathname }: URL) =>
    origin === interaqtEndpoint || /^\/(api|interaction)\//.test(pathname)

  async function open(): Promise<void> {
    await page.unroute(apiCalls)
    await page.goto(frontendUrl)
    await page.getByRole('heading', { level: 1 }).waitFor()
  }

  async function fillIn(password: string, submit: string): Promise<void> {
    await page.getByLabel('Username or email').fill(username)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: submit, exact: true }).click()
    await page.waitForURL(`${frontendUrl}/**`)
  }

  /** Submits a form and gives what the page says: below it, or instead of it when the person is refused altogether. */
  function submit(formId: string, label: string, text: string, saidId: string): Promise<string> {
    const refusal = page.getByRole('alert').filter({ hasText: /./ })
    return Promise.race([
      fillForm(formId, label, text, saidId),
      refusal.waitFor().then(() => refusal.innerText()),
    ])
  }

  async function fillForm(formId: string, label: string, text: string, saidId: string): Promise<string> {
    const form = page.locator(`#${formId}`)
    const said = page.locator(`#${saidId}`)
    await said.evaluate((element) => element.replaceChildren())
    await form.getByLabel(label).fill(text)
    await form.getByRole('button').click()
    await said.filter({ hasText: /./ }).waitFor()
    return (await said.textContent()) ?? ''
  }

  return {
    page,
    open,
    async signUp(password) {
      await open()
      // Nothing reaches the API, as if the connection broke on the way back from Logto.
      await page.route(apiCalls, (route) => route.abort())
      await page.getByRole('button', { name: 'Create an account' }).click()
      await fillIn(password, 'Create account')
      await page.getByRole('alert').filter({ hasText: /./ }).waitFor()
    },
    async signIn(password) {
      await open()
      await page.getByRole('button', { name: 'Sign in' }).click()
      await fillIn(password, 'Sign in')
      await page.getByRole('heading', { name: /^Hello/ }).waitFor()
    },
    async friendCount() {
      return Number(await page.locator('#friend-count').textContent())
    },
    async friends() {
      const names = await page.locator('#friends .names .hint').allTextContents()
      return names.map((name) => name.replace('@', ''))
    },
    sendFriendRequest: (receiver) => submit('add-form', 'Username', receiver, 'add-said'),
    async acceptFriendRequest(sender) {
      await page.getByRole('button', { name: `Accept ${sender}’s request` }).click()
      await page.getByText('You have a new friend.').waitFor()
      await page.locator('#friends').getByText(`@${sender}`).waitFor()
    },
    async publishAnnouncement(text) {
      // Who may not publish sees the reason in place of the form.
      const why = page.locator('#announce-why')
      if (await why.isVisible()) return why.innerText()
      return submit('announce-form', 'Announce something to everybody', text, 'announce-said')
    },
    announcements: () => page.locator('#announcements li p:first-child').allTextContents(),
    async signOut() {
      // The page shows that it is signed out before Logto has sent the person back to it.
      const isBack = page.waitForRequest(
        (request) => request.isNavigationRequest() && request.url().startsWith(frontendUrl),
      )
      await page.getByRole('button', { name: 'Sign out' }).click()
      await isBack
      await page.waitForLoadState()
      await page.getByRole('button', { name: 'Sign in' }).waitFor()
    },
    async isSignedIn() {
      await open()
      return page.getByRole('heading', { name: /^Hello/ }).isVisible()
    },
  }
}
