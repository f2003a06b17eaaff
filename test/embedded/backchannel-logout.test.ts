import { createServer, type Server } from 'node:http'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EmbeddedLogto, EmbeddedLogtoOptions } from '../../src/embedded/index.js'
import { Person } from '../contract/person.js'
import { ALICE, REDIRECT_URI, request, startLogto } from './logto.js'

let listener: Server
let received: string[]
let uri: string
beforeEach(async () => {
  received = []
  listener = createServer(async (incoming, response) => {
    let body = ''
    for await (const chunk of incoming) body += chunk
    received.push(body)
    response.end()
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  uri = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/back-channel-logout`
})
afterEach(() => {
  listener.close()
})

/** Signs Alice in and out; returns what Logto printed, and where she was led. */
async function signOut(options: EmbeddedLogtoOptions): Promise<{ log: string[]; location: string | null }> {
  const log: string[] = []
  const logto: EmbeddedLogto = await startLogto({
    log: (line) => log.push(line),
    applications: [
      {
        id: 'spa',
        name: 'App',
        type: 'SPA',
        redirectUris: [REDIRECT_URI],
        postLogoutRedirectUris: ['http://127.0.0.1:5173/'],
        backchannelLogoutUri: uri,
      },
    ],
    ...options,
  })
  try {
    const person = new Person(logto.url)
    await person.authorize(request(), ALICE)
    const to = encodeURIComponent('http://127.0.0.1:5173/')
    const page = await person.visit(`/oidc/session/end?client_id=spa&post_logout_redirect_uri=${to}`)
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(String(page.body))?.[1] ?? ''
    const body = new URLSearchParams({ xsrf, logout: 'yes' })
    const done = await person.visit('/oidc/session/end/confirm', { method: 'POST', body })
    // Logto answers the sign-out once all logout tokens were posted or refused.
    return { log, location: done.headers.get('location') }
  } finally {
    await logto.close()
  }
}

describe('back-channel logout to a loopback address', () => {
  it('is refused by default, and the log says so with the line to change; the sign-out goes on', async () => {
    const { log, location } = await signOut({})
    expect(received).toEqual([])
    expect(location).toBe('http://127.0.0.1:5173/')
    const line = log.find((entry) => entry.includes(uri)) ?? ''
    expect(line).toContain('No logout token reached')
    expect(line).toContain('OIDC_PROVIDER_SSRF_PROTECTION_DISABLED=true')
    expect(line).toContain('backchannelLogout: { allowPrivateAddresses: true }')
    expect(log.join()).not.toContain('eyJ')
  })

  it('is refused when private addresses are not allowed by name', async () => {
    await signOut({ backchannelLogout: { allowPrivateAddresses: false } })
    await signOut({ backchannelLogout: {} })
    expect(received).toEqual([])
  })

  it('is posted when they are', async () => {
    const { log } = await signOut({ backchannelLogout: { allowPrivateAddresses: true } })
    expect(received).toHaveLength(1)
    const token = new URLSearchParams(received[0]).get('logout_token') ?? ''
    expect(decodeProtectedHeader(token).typ).toBe('logout+jwt')
    expect(decodeJwt(token).aud).toBe('spa')
    expect(log.join()).not.toContain(uri)
  })

  it('names another failure without that advice', async () => {
    uri = 'http://127.0.0.1:9/'
    const { log } = await signOut({ backchannelLogout: { allowPrivateAddresses: true } })
    const line = log.find((entry) => entry.includes(uri)) ?? ''
    expect(line).toContain('No logout token reached')
    expect(line).not.toContain('SSRF')
  })
})

it('refuses an option that it does not know', async () => {
  // @ts-expect-error the name is wrong
  const starting = startLogto({ backchannelLogout: { allowPrivateAdresses: true } })
  await expect(starting).rejects.toThrow('allowPrivateAddresses')
})
