import type { WebhookEventName } from '../../logto/index.js'
import type { LogtoVersion } from '../records/logto-version.js'

/**
 * Returns the body of a test delivery. It is signed like a real one and easily mistaken for it.
 * Source: recordings/webhooks/0209-hooktest-User.Deleted.json and 0211-hooktest500-PostRegister.json.
 */
export function testPayload(
  event: WebhookEventName,
  hookId: string,
  now: number,
  version: LogtoVersion,
): Record<string, unknown> {
  const base = { event, hookId, createdAt: new Date(now).toISOString(), userAgent: 'fake-user-agent' }
  if (!event.startsWith('Post')) {
    return {
      ...base,
      path: '/fake-path/:id',
      method: 'POST',
      status: 200,
      params: { id: 'fake-id' },
      data: { result: 'success' },
    }
  }
  return {
    ...base,
    sessionId: 'fake-session-id',
    userIp: 'fake-user-ip',
    userId: 'fake-id',
    user: {
      id: 'fake-id',
      username: 'fake-user',
      primaryEmail: 'fake-user@fake-service.com',
      primaryPhone: '1234567890',
      name: 'Fake User',
      avatar: 'https://fake-service.com/avatars/fake-user.png',
      customData: { theme: 'light' },
      identities: { google: { userId: 'fake-google-user-id' } },
      profile: {},
      applicationId: 'fake-application-id',
      ...(version === 'development' && { cimdClientId: null }),
      isSuspended: false,
      lastSignInAt: now,
      createdAt: now,
      updatedAt: now,
    },
    application: {
      id: 'fake-spa-application-id',
      type: 'SPA',
      name: 'Fake Application',
      description: 'Fake application data for testing',
    },
  }
}
