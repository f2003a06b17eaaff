import { describe, expect, it } from 'vitest'
import {
  createWebhookHandler,
  isTestDelivery,
  type LogtoWebhookEvent,
  parseWebhookEvent,
  userIdOf,
  userOf,
  verifyWebhook,
  type WebhookDrift,
} from '../../src/webhook/index.js'
import released from '../fixtures/recordings/released/hook-recent-logs.json' with { type: 'json' }
import { requestOf, webhookRecording, webhookRecordings } from '../support/webhook-recordings.js'

type Row = [file: string, event: string, userId: string | undefined, gives: 'user' | 'test' | 'neither']

// biome-ignore format: a table
const TABLE: Row[] = [
  ['0001-register-User.Created.json', 'User.Created', 'fqxs9dd65si6', 'user'],
  ['0002-register-PostRegister.json', 'PostRegister', 'fqxs9dd65si6', 'user'],
  ['0003-signin-PostSignIn.json', 'PostSignIn', 'fqxs9dd65si6', 'user'],
  ['0004-user-create-User.Created.json', 'User.Created', '9fi5o6ch078c', 'user'],
  ['0006-user-create-weak-password-User.Created.json', 'User.Created', 'xn91aj3pghf7', 'user'],
  ['0007-user-patch-name-User.Data.Updated.json', 'User.Data.Updated', '9fi5o6ch078c', 'user'],
  ['0008-user-patch-username-User.Data.Updated.json', 'User.Data.Updated', '9fi5o6ch078c', 'user'],
  ['0010-user-patch-noop-User.Data.Updated.json', 'User.Data.Updated', '9fi5o6ch078c', 'user'],
  ['0011-user-patch-customdata-merge-User.Data.Updated.json', 'User.Data.Updated', '9fi5o6ch078c', 'neither'],
  ['0013-user-patch-user-customdata-replace-User.Data.Updated.json', 'User.Data.Updated', '9fi5o6ch078c', 'user'],
  ['0014-user-patch-profile-User.Data.Updated.json', 'User.Data.Updated', '9fi5o6ch078c', 'neither'],
  ['0016-user-suspend-User.SuspensionStatus.Updated.json', 'User.SuspensionStatus.Updated', '9fi5o6ch078c', 'user'],
  ['0017-user-unsuspend-User.SuspensionStatus.Updated.json', 'User.SuspensionStatus.Updated', '9fi5o6ch078c', 'user'],
  ['0018-scope-create-Scope.Created.json', 'Scope.Created', undefined, 'neither'],
  ['0019-scope-create-2-Scope.Created.json', 'Scope.Created', undefined, 'neither'],
  ['0021-scope-update-Scope.Data.Updated.json', 'Scope.Data.Updated', undefined, 'neither'],
  ['0022-role-create-Role.Scopes.Updated.json', 'Role.Scopes.Updated', undefined, 'neither'],
  ['0023-role-create-Role.Created.json', 'Role.Created', undefined, 'neither'],
  ['0024-role-update-Role.Data.Updated.json', 'Role.Data.Updated', undefined, 'neither'],
  ['0025-role-scopes-add-Role.Scopes.Updated.json', 'Role.Scopes.Updated', undefined, 'neither'],
  ['0026-scope-create-tmp-Scope.Created.json', 'Scope.Created', undefined, 'neither'],
  ['0028-role-scopes-remove-Role.Scopes.Updated.json', 'Role.Scopes.Updated', undefined, 'neither'],
  ['0030-role-create-tmp-Role.Created.json', 'Role.Created', undefined, 'neither'],
  ['0031-role-delete-Role.Deleted.json', 'Role.Deleted', undefined, 'neither'],
  ['0032-org-create-Organization.Created.json', 'Organization.Created', undefined, 'neither'],
  ['0033-org-update-Organization.Data.Updated.json', 'Organization.Data.Updated', undefined, 'neither'],
  ['0034-org-scope-create-OrganizationScope.Created.json', 'OrganizationScope.Created', undefined, 'neither'],
  ['0035-org-scope-update-OrganizationScope.Data.Updated.json', 'OrganizationScope.Data.Updated', undefined, 'neither'],
  ['0036-org-role-create-OrganizationRole.Scopes.Updated.json', 'OrganizationRole.Scopes.Updated', undefined, 'neither'],
  ['0037-org-role-create-OrganizationRole.Created.json', 'OrganizationRole.Created', undefined, 'neither'],
  ['0039-org-scope-create-2-OrganizationScope.Created.json', 'OrganizationScope.Created', undefined, 'neither'],
  ['0040-org-role-scopes-add-OrganizationRole.Scopes.Updated.json', 'OrganizationRole.Scopes.Updated', undefined, 'neither'],
  ['0042-org-member-add-Organization.Membership.Updated.json', 'Organization.Membership.Updated', undefined, 'neither'],
  ['0043-org-member-add-again-Organization.Membership.Updated.json', 'Organization.Membership.Updated', undefined, 'neither'],
  ['0045-org-member-remove-Organization.Membership.Updated.json', 'Organization.Membership.Updated', '9fi5o6ch078c', 'neither'],
  ['0046-org-app-add-Organization.Membership.Updated.json', 'Organization.Membership.Updated', undefined, 'neither'],
  ['0048-org-role-create-tmp-OrganizationRole.Created.json', 'OrganizationRole.Created', undefined, 'neither'],
  ['0049-org-role-delete-OrganizationRole.Deleted.json', 'OrganizationRole.Deleted', undefined, 'neither'],
  ['0050-org-create-tmp-Organization.Created.json', 'Organization.Created', undefined, 'neither'],
  ['0052-org-delete-Organization.Deleted.json', 'Organization.Deleted', undefined, 'neither'],
  ['0053-user-create-todelete-User.Created.json', 'User.Created', '7rwm6g84ju27', 'user'],
  ['0054-user-delete-pre-org-Organization.Membership.Updated.json', 'Organization.Membership.Updated', undefined, 'neither'],
  ['0055-user-delete-User.Deleted.json', 'User.Deleted', '7rwm6g84ju27', 'user'],
  ['0056-retry-500-User.Data.Updated.json', 'User.Data.Updated', '9fi5o6ch078c', 'user'],
  ['0057-retry-503-User.Data.Updated.json', 'User.Data.Updated', '9fi5o6ch078c', 'user'],
  ['0059-retry-404-User.Data.Updated.json', 'User.Data.Updated', '9fi5o6ch078c', 'user'],
  ['0060-retry-reset-User.Data.Updated.json', 'User.Data.Updated', '9fi5o6ch078c', 'user'],
  ['0082-retry-slow12s-User.Data.Updated.json', 'User.Data.Updated', '9fi5o6ch078c', 'user'],
  ['0083-idle-User.Data.Updated.json', 'User.Data.Updated', '9fi5o6ch078c', 'user'],
  ['0172-create-delete-User.Deleted.json', 'User.Deleted', 'nkn8joscw1cb', 'user'],
  ['0173-register-email-User.Created.json', 'User.Created', 'rsmznpfwhr53', 'user'],
  ['0174-register-email-PostRegister.json', 'PostRegister', 'rsmznpfwhr53', 'user'],
  ['0175-reset-password-User.Data.Updated.json', 'User.Data.Updated', 'rsmznpfwhr53', 'user'],
  ['0176-reset-password-PostResetPassword.json', 'PostResetPassword', 'rsmznpfwhr53', 'user'],
  ['0179-register-abandoned-User.Created.json', 'User.Created', 'hr6qn1t9xzwu', 'user'],
  ['0181-msg-rate-Message.RateLimited.json', 'Message.RateLimited', undefined, 'neither'],
  ['0182-tokens-PostSignIn.json', 'PostSignIn', 'fqxs9dd65si6', 'user'],
  ['0188-tokens-Role.Scopes.Updated.json', 'Role.Scopes.Updated', undefined, 'neither'],
  ['0197-errors-User.Created.json', 'User.Created', 'rgx7a4fqwrht', 'user'],
  ['0203-idle-PostSignIn.json', 'PostSignIn', 'fqxs9dd65si6', 'user'],
  ['0206-orgtoken-PostSignIn.json', 'PostSignIn', 'fqxs9dd65si6', 'user'],
  ['0209-hooktest-User.Deleted.json', 'User.Deleted', undefined, 'test'],
  ['0211-hooktest500-PostRegister.json', 'PostRegister', 'fake-id', 'test'],
  ['0216-accountapi-PostSignIn.json', 'PostSignIn', 'fqxs9dd65si6', 'user'],
  ['0217-accountapi-User.Data.Updated.json', 'User.Data.Updated', 'fqxs9dd65si6', 'user'],
  ['0303-browser-User.Created.json', 'User.Created', 'q34twrwy6gjm', 'user'],
  ['0304-browser-PostRegister.json', 'PostRegister', 'q34twrwy6gjm', 'user'],
  ['0305-browser-PostSignIn.json', 'PostSignIn', 'q34twrwy6gjm', 'user'],
  ['0313-misc-Role.Created.json', 'Role.Created', undefined, 'neither'],
  ['0332-crash-User.Data.Updated.json', 'User.Data.Updated', '9fi5o6ch078c', 'user'],
]

it('has a row for every recording', () => {
  expect(TABLE.map(([file]) => file)).toEqual(webhookRecordings().map(({ file }) => file))
})

describe.each(TABLE)('%s', (file, name, userId, gives) => {
  const recording = webhookRecording(file)
  const { body, signature, signingKey } = recording

  it('verifies and says whom it is about', () => {
    const event = verifyWebhook(body, signature, signingKey)
    expect(event.event).toBe(name)
    expect(userIdOf(event)).toBe(userId)
    expect(isTestDelivery(event) ? 'test' : userOf(event) ? 'user' : 'neither').toBe(gives)
    expect(event).toEqual(JSON.parse(body))
  })

  it('shows no drift, whatever its cause', () => {
    const drifts: WebhookDrift[] = []
    parseWebhookEvent(JSON.parse(body), (drift) => drifts.push(drift))
    expect(drifts).toEqual([])
  })

  it('reaches the handler, unless it is a test delivery', async () => {
    const seen: LogtoWebhookEvent[] = []
    const handle = createWebhookHandler({ signingKey, onAny: (event) => seen.push(event) })
    const response = await handle(requestOf(recording))
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ result: gives === 'test' ? 'test' : 'applied' })
    expect(seen).toEqual(gives === 'test' ? [] : [JSON.parse(body)])
  })
})

describe('an event of the released Logto, whose users lack a field of the recorded development version', () => {
  interface Row {
    key: string
    payload: { hookRequest: { body: { event: string; data: Record<string, unknown> } } }
  }
  const rows: Row[] = released.response.body

  it.each(rows.map(({ key, payload }) => [key, payload.hookRequest.body] as const))(
    'shows no drift and names its user: %s',
    (key, body) => {
      const drifts: WebhookDrift[] = []
      const event = parseWebhookEvent(body, (drift) => drifts.push(drift))
      expect([`TriggerHook.${event.event}`, drifts]).toEqual([key, []])
      expect('cimdClientId' in body.data).toBe(false)
      expect(userOf(event)).toEqual(body.data)
    },
  )
})
