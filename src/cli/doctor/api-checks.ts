import { request } from '../logto-connection.js'
import { type Check, failure, ok } from './check.js'

// No interaction is named like this; the API must refuse before it looks.
const PROBE = '/interaction/interaqt-logto-doctor'

/** Whether the API is there, refuses strangers, and answers the frontend. */
export const apiChecks: readonly Check[] = [
  {
    id: 'api',
    title: 'API answers',
    needs: [],
    ifUnanswered: 'Start the API, or set INTERAQT_ENDPOINT to where it listens.',
    async run({ terminal, settings }) {
      const url = `${settings.interaqtEndpoint}/ping`
      const { status } = await request(terminal.host, url)
      const expected = `200 at ${url}`
      if (status === 200) return ok(expected)
      return failure(expected, `status ${status}`, 'Set INTERAQT_ENDPOINT to where startServer listens.')
    },
  },
  {
    id: 'api-unauthenticated',
    title: 'API refuses strangers',
    needs: ['api'],
    async run({ terminal, settings }) {
      const { status } = await request(terminal.host, settings.interaqtEndpoint + PROBE, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      })
      const expected = '401 without a token'
      if (status === 401) return ok(expected)
      const remedy = 'Give startServer parseUserId: createParseUserId(logto), without devUserIdHeader.'
      return failure(expected, `status ${status}`, remedy)
    },
  },
  {
    id: 'api-cors',
    title: 'API lets the frontend call it',
    loginMode: 'token',
    needs: ['api'],
    async run({ terminal, settings }) {
      const { origin } = new URL(settings.frontendUrl)
      const expected = `CORS allows ${origin} to send a token`
      if (origin === new URL(settings.interaqtEndpoint).origin) return ok(expected, 'the same origin')
      const { headers } = await request(terminal.host, settings.interaqtEndpoint + PROBE, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
        },
      })
      const allowed = headers.get('access-control-allow-origin')
      const names = headers.get('access-control-allow-headers')?.toLowerCase() ?? ''
      const remedy = `Give startServer cors: { origin: '${origin}' }.`
      if (allowed !== origin && allowed !== '*') {
        return failure(expected, `it allows ${allowed ?? 'no other origin'}`, remedy)
      }
      if (!names.includes('authorization'))
        return failure(expected, 'it does not allow the header Authorization', remedy)
      return ok(expected)
    },
  },
]
