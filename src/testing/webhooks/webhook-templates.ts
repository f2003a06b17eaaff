import type { WebhookEventName } from '../../logto/index.js'

/** A body to start from: JSON text, so that each use parses an object of its own. */
export interface WebhookTemplate {
  /** Name of the recording. Undefined where there is none: then the shape follows Logto's documentation. */
  recording?: string
  /** The field that the caller's data is merged into; `event` is the event itself. */
  subject: 'data' | 'user' | 'params' | 'event'
  body: string
}

/** Exactly as the development version after Logto 1.42.0 sent them: the bodies of recordings/webhooks. */
const RECORDED = {
  PostRegister: {
    recording: '0002-register-PostRegister.json',
    subject: 'user',
    body: '{"event":"PostRegister","interactionEvent":"Register","createdAt":"2026-11-23T08:59:13.266Z","sessionId":"lP9vHDorxGEs93fR1AxWh91WGzf4ic4mFMsHQimzo5y","userAgent":"logto-driver/1.0","userId":"fqxs9dd65si6","userIp":"::ffff:127.0.0.1","user":{"id":"fqxs9dd65si6","username":"alice_1","primaryEmail":null,"primaryPhone":null,"name":null,"avatar":null,"customData":{},"identities":{},"lastSignInAt":1795424353256,"createdAt":1795424353202,"updatedAt":1795424353256,"profile":{},"applicationId":null,"cimdClientId":null,"isSuspended":false},"application":{"id":"tzmcbyif2vjf1ovt378ry","type":"SPA","name":"interaqt SPA","description":"SPA for library tests"},"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  PostSignIn: {
    recording: '0003-signin-PostSignIn.json',
    subject: 'user',
    body: '{"event":"PostSignIn","interactionEvent":"SignIn","createdAt":"2026-11-23T08:59:14.514Z","sessionId":"apf1LnmDlTGRDLmhB5yRSJErMU1TfyTwU0SxeYR7edm","userAgent":"logto-driver/1.0","userId":"fqxs9dd65si6","userIp":"::ffff:127.0.0.1","user":{"id":"fqxs9dd65si6","username":"alice_1","primaryEmail":null,"primaryPhone":null,"name":null,"avatar":null,"customData":{},"identities":{},"lastSignInAt":1795424354500,"createdAt":1795424353202,"updatedAt":1795424354500,"profile":{},"applicationId":"tzmcbyif2vjf1ovt378ry","cimdClientId":null,"isSuspended":false},"application":{"id":"tzmcbyif2vjf1ovt378ry","type":"SPA","name":"interaqt SPA","description":"SPA for library tests"},"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  PostResetPassword: {
    recording: '0176-reset-password-PostResetPassword.json',
    subject: 'user',
    body: '{"event":"PostResetPassword","interactionEvent":"ForgotPassword","createdAt":"2026-11-23T09:05:49.409Z","sessionId":"_ozjDlXMJKwXQ10rl7qelT0s0fpyI51UIBRKli_9Z8Q","userAgent":"logto-driver/1.0","userId":"rsmznpfwhr53","userIp":"::ffff:127.0.0.1","user":{"id":"rsmznpfwhr53","username":null,"primaryEmail":"carol@example.com","primaryPhone":null,"name":null,"avatar":null,"customData":{},"identities":{},"lastSignInAt":1795424725941,"createdAt":1795424725905,"updatedAt":1795424749366,"profile":{},"applicationId":"tzmcbyif2vjf1ovt378ry","cimdClientId":null,"isSuspended":false},"application":{"id":"tzmcbyif2vjf1ovt378ry","type":"SPA","name":"interaqt SPA","description":"SPA for library tests"},"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'User.Created': {
    recording: '0001-register-User.Created.json',
    subject: 'data',
    body: '{"event":"User.Created","createdAt":"2026-11-23T08:59:13.213Z","interactionEvent":"Register","userAgent":"logto-driver/1.0","applicationId":"tzmcbyif2vjf1ovt378ry","sessionId":"lP9vHDorxGEs93fR1AxWh91WGzf4ic4mFMsHQimzo5y","ip":"::ffff:127.0.0.1","application":{"id":"tzmcbyif2vjf1ovt378ry","type":"SPA","name":"interaqt SPA","description":"SPA for library tests"},"data":{"id":"fqxs9dd65si6","username":"alice_1","primaryEmail":null,"primaryPhone":null,"name":null,"avatar":null,"customData":{},"identities":{},"lastSignInAt":null,"createdAt":1795424353202,"updatedAt":1795424353202,"profile":{},"applicationId":null,"cimdClientId":null,"isSuspended":false},"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'User.Deleted': {
    recording: '0055-user-delete-User.Deleted.json',
    subject: 'data',
    body: '{"event":"User.Deleted","createdAt":"2026-11-23T09:01:12.618Z","userAgent":"node","ip":"::ffff:127.0.0.1","data":{"id":"7rwm6g84ju27","username":"todelete_1","primaryEmail":"todelete@example.com","primaryPhone":null,"name":"To Delete","avatar":null,"customData":{"k":1},"identities":{},"lastSignInAt":null,"createdAt":1795424471813,"updatedAt":1795424471813,"profile":{},"applicationId":null,"cimdClientId":null,"isSuspended":false},"path":"/users/7rwm6g84ju27","method":"DELETE","status":204,"params":{"userId":"7rwm6g84ju27"},"matchedRoute":"/users/:userId","hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'User.Data.Updated': {
    recording: '0007-user-patch-name-User.Data.Updated.json',
    subject: 'data',
    body: '{"event":"User.Data.Updated","createdAt":"2026-11-23T09:00:56.523Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/users/9fi5o6ch078c","method":"PATCH","status":200,"params":{"userId":"9fi5o6ch078c"},"matchedRoute":"/users/:userId","data":{"id":"9fi5o6ch078c","username":"bob_1","primaryEmail":"bob@example.com","primaryPhone":"15551230001","name":"Bob 2","avatar":"https://example.com/a.png","customData":{"tier":"gold"},"identities":{},"lastSignInAt":null,"createdAt":1795424454596,"updatedAt":1795424456520,"profile":{"givenName":"Bob"},"applicationId":null,"cimdClientId":null,"isSuspended":false,"hasPassword":true},"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'User.SuspensionStatus.Updated': {
    recording: '0016-user-suspend-User.SuspensionStatus.Updated.json',
    subject: 'data',
    body: '{"event":"User.SuspensionStatus.Updated","createdAt":"2026-11-23T09:00:59.248Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/users/9fi5o6ch078c/is-suspended","method":"PATCH","status":200,"params":{"userId":"9fi5o6ch078c"},"matchedRoute":"/users/:userId/is-suspended","data":{"id":"9fi5o6ch078c","username":"bob_2","primaryEmail":"bob2@example.com","primaryPhone":"15551230001","name":"Bob 2","avatar":"https://example.com/a.png","customData":{"only":true},"identities":{},"lastSignInAt":null,"createdAt":1795424454596,"updatedAt":1795424459226,"profile":{"familyName":"Builder","givenName":"Bob"},"applicationId":null,"cimdClientId":null,"isSuspended":true,"hasPassword":true},"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'Role.Created': {
    recording: '0023-role-create-Role.Created.json',
    subject: 'data',
    body: '{"event":"Role.Created","createdAt":"2026-11-23T09:01:01.232Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/roles","method":"POST","status":200,"params":{},"matchedRoute":"/roles","data":{"tenantId":"default","id":"e8zxjc7535lkonydskw2w","name":"editor","description":"Editor","type":"User","isDefault":false},"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'Role.Deleted': {
    recording: '0031-role-delete-Role.Deleted.json',
    subject: 'params',
    body: '{"event":"Role.Deleted","createdAt":"2026-11-23T09:01:04.925Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/roles/qg58qrwvgujxjb2itoqj2","method":"DELETE","status":204,"params":{"0":"/qg58qrwvgujxjb2itoqj2","id":"qg58qrwvgujxjb2itoqj2"},"matchedRoute":"/roles/:id","hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'Role.Data.Updated': {
    recording: '0024-role-update-Role.Data.Updated.json',
    subject: 'data',
    body: '{"event":"Role.Data.Updated","createdAt":"2026-11-23T09:01:01.756Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/roles/e8zxjc7535lkonydskw2w","method":"PATCH","status":200,"params":{"0":"/e8zxjc7535lkonydskw2w","id":"e8zxjc7535lkonydskw2w"},"matchedRoute":"/roles/:id","data":{"tenantId":"default","id":"e8zxjc7535lkonydskw2w","name":"editor","description":"Editor 2","type":"User","isDefault":false},"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'Role.Scopes.Updated': {
    recording: '0025-role-scopes-add-Role.Scopes.Updated.json',
    subject: 'data',
    body: '{"event":"Role.Scopes.Updated","createdAt":"2026-11-23T09:01:02.025Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/roles/e8zxjc7535lkonydskw2w/scopes","method":"POST","status":201,"params":{"0":"/e8zxjc7535lkonydskw2w/scopes","id":"e8zxjc7535lkonydskw2w"},"matchedRoute":"/roles/:id/scopes","data":[{"tenantId":"default","id":"mk0optgooctd70ud4iy2g","resourceId":"e0q6mrqn82eiayby4yehm","name":"interaction:read","description":"read things","createdAt":1795424459913},{"tenantId":"default","id":"zk328j17uxltd61y6cc4c","resourceId":"e0q6mrqn82eiayby4yehm","name":"interaction:write","description":"write","createdAt":1795424460173}],"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'Scope.Created': {
    recording: '0018-scope-create-Scope.Created.json',
    subject: 'data',
    body: '{"event":"Scope.Created","createdAt":"2026-11-23T09:00:59.916Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/resources/e0q6mrqn82eiayby4yehm/scopes","method":"POST","status":201,"params":{"resourceId":"e0q6mrqn82eiayby4yehm"},"matchedRoute":"/resources/:resourceId/scopes","data":{"tenantId":"default","id":"mk0optgooctd70ud4iy2g","resourceId":"e0q6mrqn82eiayby4yehm","name":"interaction:read","description":"read","createdAt":1795424459913},"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'Scope.Data.Updated': {
    recording: '0021-scope-update-Scope.Data.Updated.json',
    subject: 'data',
    body: '{"event":"Scope.Data.Updated","createdAt":"2026-11-23T09:01:00.962Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/resources/e0q6mrqn82eiayby4yehm/scopes/mk0optgooctd70ud4iy2g","method":"PATCH","status":200,"params":{"resourceId":"e0q6mrqn82eiayby4yehm","scopeId":"mk0optgooctd70ud4iy2g"},"matchedRoute":"/resources/:resourceId/scopes/:scopeId","data":{"tenantId":"default","id":"mk0optgooctd70ud4iy2g","resourceId":"e0q6mrqn82eiayby4yehm","name":"interaction:read","description":"read things","createdAt":1795424459913},"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'Organization.Created': {
    recording: '0032-org-create-Organization.Created.json',
    subject: 'data',
    body: '{"event":"Organization.Created","createdAt":"2026-11-23T09:01:05.186Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/organizations","method":"POST","status":201,"params":{},"matchedRoute":"/organizations","data":{"tenantId":"default","id":"kizej1chg7or","name":"Acme","description":"Acme Inc","customData":{},"isMfaRequired":false,"color":{},"branding":{},"customCss":null,"createdAt":1795424465182},"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'Organization.Deleted': {
    recording: '0052-org-delete-Organization.Deleted.json',
    subject: 'params',
    body: '{"event":"Organization.Deleted","createdAt":"2026-11-23T09:01:10.968Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/organizations/fur6u3dxkba6","method":"DELETE","status":204,"params":{"id":"fur6u3dxkba6"},"matchedRoute":"/organizations/:id","hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'Organization.Data.Updated': {
    recording: '0033-org-update-Organization.Data.Updated.json',
    subject: 'data',
    body: '{"event":"Organization.Data.Updated","createdAt":"2026-11-23T09:01:05.451Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/organizations/kizej1chg7or","method":"PATCH","status":200,"params":{"id":"kizej1chg7or"},"matchedRoute":"/organizations/:id","data":{"tenantId":"default","id":"kizej1chg7or","name":"Acme 2","description":"Acme Inc","customData":{"plan":"pro"},"isMfaRequired":false,"color":{},"branding":{},"customCss":null,"createdAt":1795424465182},"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'Organization.Membership.Updated': {
    recording: '0042-org-member-add-Organization.Membership.Updated.json',
    subject: 'event',
    body: '{"event":"Organization.Membership.Updated","createdAt":"2026-11-23T09:01:07.816Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/organizations/kizej1chg7or/users","method":"POST","status":201,"params":{"id":"kizej1chg7or"},"matchedRoute":"/organizations/:id/users","organizationId":"kizej1chg7or","addedUserIds":["9fi5o6ch078c","fqxs9dd65si6"],"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'OrganizationRole.Created': {
    recording: '0037-org-role-create-OrganizationRole.Created.json',
    subject: 'data',
    body: '{"event":"OrganizationRole.Created","createdAt":"2026-11-23T09:01:06.246Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/organization-roles","method":"POST","status":201,"params":{},"matchedRoute":"/organization-roles","data":{"tenantId":"default","id":"d3xeerl0bjip6yjvs97qf","name":"org-editor","description":"e","type":"User"},"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'OrganizationRole.Deleted': {
    recording: '0049-org-role-delete-OrganizationRole.Deleted.json',
    subject: 'params',
    body: '{"event":"OrganizationRole.Deleted","createdAt":"2026-11-23T09:01:10.185Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/organization-roles/t3du1f1ajo7qrya8e6wqn","method":"DELETE","status":204,"params":{"id":"t3du1f1ajo7qrya8e6wqn"},"matchedRoute":"/organization-roles/:id","hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'OrganizationRole.Scopes.Updated': {
    recording: '0040-org-role-scopes-add-OrganizationRole.Scopes.Updated.json',
    subject: 'data',
    body: '{"event":"OrganizationRole.Scopes.Updated","createdAt":"2026-11-23T09:01:07.031Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/organization-roles/d3xeerl0bjip6yjvs97qf/scopes","method":"POST","status":201,"params":{"id":"d3xeerl0bjip6yjvs97qf"},"matchedRoute":"/organization-roles/:id/scopes","hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'OrganizationScope.Created': {
    recording: '0034-org-scope-create-OrganizationScope.Created.json',
    subject: 'data',
    body: '{"event":"OrganizationScope.Created","createdAt":"2026-11-23T09:01:05.715Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/organization-scopes","method":"POST","status":201,"params":{},"matchedRoute":"/organization-scopes","data":{"tenantId":"default","id":"nspyr0r5gca1fukc1xfp6","name":"invoice:read","description":"r"},"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'OrganizationScope.Data.Updated': {
    recording: '0035-org-scope-update-OrganizationScope.Data.Updated.json',
    subject: 'data',
    body: '{"event":"OrganizationScope.Data.Updated","createdAt":"2026-11-23T09:01:05.976Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/organization-scopes/nspyr0r5gca1fukc1xfp6","method":"PATCH","status":200,"params":{"id":"nspyr0r5gca1fukc1xfp6"},"matchedRoute":"/organization-scopes/:id","data":{"tenantId":"default","id":"nspyr0r5gca1fukc1xfp6","name":"invoice:read","description":"r2"},"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'Message.RateLimited': {
    recording: '0181-msg-rate-Message.RateLimited.json',
    subject: 'event',
    body: '{"event":"Message.RateLimited","createdAt":"2026-11-23T09:06:40.578Z","interactionEvent":"SignIn","userAgent":"logto-driver/1.0","applicationId":"tzmcbyif2vjf1ovt378ry","sessionId":"jr8tKFj3p4Wd6V81X7RMg2TWIZwIdeVUP0bKK9n4fbD","ip":"::ffff:127.0.0.1","application":{"id":"tzmcbyif2vjf1ovt378ry","type":"SPA","name":"interaqt SPA","description":"SPA for library tests"},"action":"VerificationCodeSend","recipient":"bob2@example.com","hookId":"12ew19pe9zq8cmntrm5js"}',
  },
} satisfies Partial<Record<WebhookEventName, WebhookTemplate>>

/**
 * Without a recording. The field names of all but the first were observed (recordings/webhook-event-matrix.json); the
 * values, and the first, follow Logto's documentation ("Webhooks request") and public source.
 */
const DOCUMENTED = {
  PostSignInAdaptiveMfaTriggered: {
    subject: 'user',
    body: '{"event":"PostSignInAdaptiveMfaTriggered","interactionEvent":"SignIn","createdAt":"2026-11-23T08:59:14.514Z","sessionId":"apf1LnmDlTGRDLmhB5yRSJErMU1TfyTwU0SxeYR7edm","userAgent":"logto-driver/1.0","userId":"fqxs9dd65si6","userIp":"::ffff:127.0.0.1","user":{"id":"fqxs9dd65si6","username":"alice_1","primaryEmail":null,"primaryPhone":null,"name":null,"avatar":null,"customData":{},"identities":{},"lastSignInAt":1795424354500,"createdAt":1795424353202,"updatedAt":1795424354500,"profile":{},"applicationId":"tzmcbyif2vjf1ovt378ry","cimdClientId":null,"isSuspended":false},"application":{"id":"tzmcbyif2vjf1ovt378ry","type":"SPA","name":"interaqt SPA","description":"SPA for library tests"},"adaptiveMfaResult":{"requiresMfa":true,"triggeredRules":[{"rule":"untrusted_ip"}]},"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'Scope.Deleted': {
    subject: 'params',
    body: '{"event":"Scope.Deleted","createdAt":"2026-11-23T09:01:04.398Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/resources/e0q6mrqn82eiayby4yehm/scopes/2065e5pd7ymvxts4qy5q5","method":"DELETE","status":204,"params":{"resourceId":"e0q6mrqn82eiayby4yehm","scopeId":"2065e5pd7ymvxts4qy5q5"},"matchedRoute":"/resources/:resourceId/scopes/:scopeId","hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'OrganizationRole.Data.Updated': {
    subject: 'data',
    body: '{"event":"OrganizationRole.Data.Updated","createdAt":"2026-11-23T09:01:04.398Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/organization-roles/d3xeerl0bjip6yjvs97qf","method":"PATCH","status":200,"params":{"id":"d3xeerl0bjip6yjvs97qf"},"matchedRoute":"/organization-roles/:id","data":{"tenantId":"default","id":"d3xeerl0bjip6yjvs97qf","name":"org-editor","description":"e2","type":"User"},"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'OrganizationScope.Deleted': {
    subject: 'params',
    body: '{"event":"OrganizationScope.Deleted","createdAt":"2026-11-23T09:01:04.398Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":"/organization-scopes/jsjsokgn0avlkobk1k8ei","method":"DELETE","status":204,"params":{"id":"jsjsokgn0avlkobk1k8ei"},"matchedRoute":"/organization-scopes/:id","hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'Identifier.Lockout': {
    subject: 'event',
    body: '{"event":"Identifier.Lockout","createdAt":"2026-11-23T09:06:40.578Z","interactionEvent":"SignIn","userAgent":"logto-driver/1.0","applicationId":"tzmcbyif2vjf1ovt378ry","sessionId":"jr8tKFj3p4Wd6V81X7RMg2TWIZwIdeVUP0bKK9n4fbD","ip":"::ffff:127.0.0.1","application":{"id":"tzmcbyif2vjf1ovt378ry","type":"SPA","name":"interaqt SPA","description":"SPA for library tests"},"type":"username","value":"alice_1","hookId":"12ew19pe9zq8cmntrm5js"}',
  },
  'Grant.LimitExceeded': {
    subject: 'event',
    body: '{"event":"Grant.LimitExceeded","createdAt":"2026-11-23T09:10:07.700Z","ip":"::ffff:127.0.0.1","userAgent":"logto-driver/1.0","application":{"id":"tzmcbyif2vjf1ovt378ry","type":"SPA","name":"interaqt SPA","description":"SPA for library tests"},"userId":"fqxs9dd65si6","applicationId":"tzmcbyif2vjf1ovt378ry","revokedGrantIds":["hn2kVf0TzRM1wQm3sSJ0r3fJvJ6e2o8kqK6pXyD5b1c"],"maxAllowedGrants":1,"preRevocationActiveGrantCount":2,"hookId":"12ew19pe9zq8cmntrm5js"}',
  },
} satisfies Partial<Record<WebhookEventName, WebhookTemplate>>

const TEMPLATES: Partial<Record<WebhookEventName, WebhookTemplate>> = { ...RECORDED, ...DOCUMENTED }

/** Returns the body to start from: for an event that nobody has recorded yet, with no more than what every event has. */
export function templateOf(event: WebhookEventName): WebhookTemplate {
  const identity = { event, hookId: '12ew19pe9zq8cmntrm5js', createdAt: '2026-11-23T09:00:00.000Z' }
  return TEMPLATES[event] ?? { subject: 'event', body: JSON.stringify(identity) }
}
