import { parseEnv } from 'node:util'
import { expect } from 'vitest'
import { Client } from '../../src/server/index.js'
import type { FakeHost } from './fake-host.js'

export type Env = Record<string, string>

/** Runs `dev` while `use` does, and gives what `use` gives. */
export async function serveDev<T>(
  host: FakeHost,
  args: string[],
  use: (env: Env) => Promise<T>,
  port = '0',
): Promise<T> {
  const started = new Promise<void>((resolve) => {
    host.started = resolve
  })
  const exited = host.run('dev', '--port', port, ...args)
  await Promise.race([started, exited])
  try {
    await expect.poll(() => host.output).toContain('\nFRONTEND_URL')
    return await use(envIn(host.output.slice(host.output.indexOf('\nLOGTO_ENDPOINT='))))
  } finally {
    host.interrupt()
    expect(await exited, host.errors).toMatchObject({ exitCode: 0 })
  }
}

/** The variables in a text. */
export function envIn(text: string): Env {
  return Object.fromEntries(Object.entries(parseEnv(text)).map(([name, value]) => [name, value ?? '']))
}

/** The API's client, made of the variables. */
export const clientOf = (env: Env) =>
  new Client(
    env.LOGTO_ENDPOINT ?? '',
    env.LOGTO_M2M_APP_ID ?? '',
    env.LOGTO_M2M_APP_SECRET ?? '',
    env.INTERAQT_ENDPOINT ?? '',
  )

/** The ids of all users, by username. */
export async function usersOf(env: Env): Promise<Record<string, string>> {
  const users: Record<string, string> = {}
  for await (const { username, id } of clientOf(env).users({})) users[username ?? ''] = id
  return users
}

/** Requests the Management API as the API does. */
export async function manage(env: Env, method: string, path: string, body?: unknown): Promise<unknown> {
  const token = await clientOf(env).getManagementToken()
  const response = await fetch(`${env.LOGTO_ENDPOINT}/api${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  expect(response.ok, `${method} ${path}`).toBe(true)
  const text = await response.text()
  return text === '' ? undefined : JSON.parse(text)
}
