/** What no case covers, and why. Keys are recordings, or behaviours that have none. */
export const NOT_COVERED: Record<string, string> = {
  'errors/verification-code-message-rate-limited.json': needsCodes(),
  'tokens/register-email-trace.json': needsCodes(),
  'tokens/reset-password-trace.json': needsCodes(),
  'webhooks/0173-register-email-User.Created.json': needsCodes(),
  'webhooks/0174-register-email-PostRegister.json': needsCodes(),
  'webhooks/0175-reset-password-User.Data.Updated.json': needsCodes(),
  'webhooks/0176-reset-password-PostResetPassword.json': needsCodes(),
  'webhooks/0181-msg-rate-Message.RateLimited.json': needsCodes(),
  'webhook-server-restart-inflight.json':
    'a suite cannot restart a Logto; the fault `webhooks({ drop })` does the same',
  'webhooks/0332-crash-User.Data.Updated.json': 'the delivery that was in flight then',
  'webhooks/0082-retry-slow12s-User.Data.Updated.json':
    'the 10 s timeout takes 10 s; test/testing/deliveries.test.ts shortens it for the embedded Logto',
  'released/B1-refresh-role-held-at-sign-in.json': comparedWith(
    'test/operations/recorded-revocations.test.ts',
  ),
  'released/B2-refresh-role-removed-after-sign-in.json': comparedWith(
    'test/operations/recorded-revocations.test.ts',
  ),
  'released/code-issued-before-suspension-exchanged-after.json': comparedWith(
    'test/operations/recorded-revocations.test.ts',
  ),
  'released/effects-summary-ssrf-protection-disabled.json': comparedWith(
    'test/operations/recorded-revocations.test.ts',
  ),
  'released/social-second-user-of-one-email.json': comparedWith(
    'test/interaqt/registration.integration.test.ts',
  ),
  'released/webhooks-per-act.json': comparedWith('test/interaqt/registration.integration.test.ts'),
  'released/effects-summary.json': comparedWith('test/operations/recorded-revocations.test.ts'),
  'released/refresh-of-token-got-after-suspension.json': comparedWith(
    'test/operations/recorded-revocations.test.ts',
  ),
  'released/suspended-twice-refresh-after-second-call.json': comparedWith(
    'test/operations/recorded-revocations.test.ts',
  ),
  'latency.json': 'how long one machine took; bench/ measures this package',
  'mgmt/account-api-patch-self.json':
    'without the scopes of its token; released/account-patch-*.json has them',
  'mgmt/_index.json': 'a list of the other recordings',
  'mgmt/audit-logs-sample.json': 'the general audit log is not emulated; a hook’s delivery log is',
  'oidc/openid-configuration-admin-tenant.json': 'the embedded Logto has no admin tenant',
  'setup/10-create-mock-email-connector.json': 'connectors are not emulated',
  'setup/17-jwt-customizer-put.json': 'token customizers are not emulated',
  'released/hook-recent-logs-older-than-24-hours.json':
    'a row had to be made older in the database; test/testing/delivery-log.test.ts has the embedded Logto’s clock behind',
  'released/scan.json': chosenTimes(),
  'released/id-prefix-walk.json': chosenTimes(),
  'webhooks/0053-user-create-todelete-User.Created.json': sameAs('0004'),
  'webhooks/0197-errors-User.Created.json': sameAs('0004'),
  'webhooks/0056-retry-500-User.Data.Updated.json': sameAs('0007'),
  'webhooks/0057-retry-503-User.Data.Updated.json': sameAs('0007'),
  'webhooks/0059-retry-404-User.Data.Updated.json': sameAs('0007'),
  'webhooks/0060-retry-reset-User.Data.Updated.json': sameAs('0007'),
  'webhooks/0083-idle-User.Data.Updated.json': sameAs('0007'),
  'webhooks/0182-tokens-PostSignIn.json': sameAs('0003'),
  'webhooks/0203-idle-PostSignIn.json': sameAs('0003'),
  'webhooks/0206-orgtoken-PostSignIn.json': sameAs('0003'),
  'webhooks/0216-accountapi-PostSignIn.json': sameAs('0003'),
  'released/wildcard-authorize-http-subdomain.json': wildcards(),
  'released/wildcard-authorize-https-subdomain-with-literal-star.json': wildcards(),
  'released/wildcard-authorize-https-subdomain.json': wildcards(),
  'released/wildcard-authorize-path-with-literal-star.json': wildcards(),
  'released/wildcard-authorize-path.json': wildcards(),
  'released/wildcard-authorize-tld.json': wildcards(),
  'released/wildcard-authorize-two-labels-deep.json': wildcards(),
  'released/wildcard-cors-matching-origin-token-endpoint.json': wildcards(),
  'released/wildcard-cors-not-matching-origin-token-endpoint.json': wildcards(),
  'released/wildcard-register-bare-star.json': wildcards(),
  'released/wildcard-register-http-subdomain.json': wildcards(),
  'released/wildcard-register-https-subdomain.json': wildcards(),
  'released/wildcard-register-path.json': wildcards(),
  'released/wildcard-register-port.json': wildcards(),
  'released/wildcard-register-tld.json': wildcards(),
  'released/token-secret-deleted.json': refusedSecrets(),
  'released/token-secret-expired-post.json': refusedSecrets(),
  'released/token-secret-wrong.json': refusedSecrets(),
  'released/token-unknown-client.json': refusedSecrets(),
  'Identifier.Lockout, Grant.LimitExceeded, Scope.Deleted, OrganizationRole.Data.Updated, OrganizationScope.Deleted':
    'no delivery of these was kept; their keys are in webhook-event-matrix.json, and test/embedded compares with those',
  PostSignInAdaptiveMfaTriggered:
    'never observed, and there is no second factor here; `logto.webhook` makes one after the documentation',
  'parallel writes to one user':
    'races are not repeatable against a real server; `faults.userTimes` makes ties and inversions',
  'released/exchange-expired.json':
    'a subject token lives for ten minutes; test/embedded/token-exchange.test.ts turns the clock and compares with it',
  'token exchange for an organization': 'not recorded; the embedded Logto refuses it',
  'social sign-in, single sign-on, passkeys, device flow': 'not emulated',
}

function chosenTimes(): string {
  return 'needs users of one created_at, which only the database can make; test/testing/equal-created-at.test.ts seeds them'
}

function needsCodes(): string {
  return 'needs an email connector whose codes can be read; test/embedded/email.test.ts compares the embedded Logto with it'
}

function comparedWith(test: string): string {
  return `${test} compares the pages of this package with it`
}

function wildcards(): string {
  return 'test/logto/redirect-uri.test.ts compares with it; the embedded Logto has no wildcards'
}

function refusedSecrets(): string {
  return 'test/server/management.test.ts and test/cli/setup.test.ts answer with it'
}

function sameAs(number: string): string {
  return `another delivery of the kind of ${number}`
}
