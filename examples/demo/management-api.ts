import type { Application } from './application.js'

/** What the story does to Logto behind the application's back, by Logto's Management API. */
export interface ManagementApi {
  /** Switches the webhook off and on: what happens meanwhile is never delivered. */
  loseWebhooks(lost: boolean): Promise<void>
  suspend(username: string): Promise<void>
}

export async function connectManagementApi(application: Application): Promise<ManagementApi> {
  const { logtoEndpoint, machine } = application
  const { access_token: token } = await json<{ access_token: string }>(`${logtoEndpoint}/oidc/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${machine.id}:${machine.secret}`)}` },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      resource: 'https://default.logto.app/api',
      scope: 'all',
    }),
  })
  const call = <Answer>(method: string, path: string, body?: object) =>
    json<Answer>(`${logtoEndpoint}/api${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
  return {
    async loseWebhooks(lost) {
      const hooks = await call<{ id: string }[]>('GET', '/hooks')
      await Promise.all(hooks.map(({ id }) => call('PATCH', `/hooks/${id}`, { enabled: !lost })))
    },
    async suspend(username) {
      const found = await call<{ id: string; username: string }[]>('GET', `/users?search=${username}`)
      const user = found.find((candidate) => candidate.username === username)
      if (!user) throw new Error(`Logto has no user called ${username}`)
      await call('PATCH', `/users/${user.id}/is-suspended`, { isSuspended: true })
    },
  }
}

async function json<Answer>(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init)
  if (!response.ok) throw new Error(`${init.method} ${url}: ${response.status} ${await response.text()}`)
  return response.json()
}
