import { expect, it } from 'vitest'
import roleHeld from '../fixtures/recordings/released/B1-refresh-role-held-at-sign-in.json' with {
  type: 'json',
}
import roleRemoved from '../fixtures/recordings/released/B2-refresh-role-removed-after-sign-in.json' with {
  type: 'json',
}
import codeAfterSuspension from '../fixtures/recordings/released/code-issued-before-suspension-exchanged-after.json' with {
  type: 'json',
}
import { effects } from '../fixtures/recordings/released/effects-summary.json' with { type: 'json' }
import { effects as withBackChannel } from '../fixtures/recordings/released/effects-summary-ssrf-protection-disabled.json' with {
  type: 'json',
}
import refreshWhileSuspended from '../fixtures/recordings/released/refresh-of-token-got-after-suspension.json' with {
  type: 'json',
}
import refreshAfterSecondSuspension from '../fixtures/recordings/released/suspended-twice-refresh-after-second-call.json' with {
  type: 'json',
}
import { type Revocation, TABLE } from './revocation-table.js'

/** What refreshing was answered after each act by the released Logto; the cells were measured at the embedded one. */
const RECORDED: [Revocation, number][] = [
  ['suspended', effects['after-suspend'].refreshSpa],
  ['deleted', effects['after-user-delete'].refreshSpa],
  ['signed out at Logto', withBackChannel['after-sign-out-ssrf-protection-disabled'].refreshSpa],
  ['signed out at Logto, not registered', effects['after-sign-out'].refreshSpa],
  ['session revoked', effects['after-session-delete'].refreshSpa],
  ['session and grants revoked', effects['after-session-delete-grants-all'].refreshSpa],
  ['password changed', effects['after-password-change-by-management-api'].refreshSpa],
]

it.each(RECORDED)('%s: the released Logto refreshes as the table says (%i)', (revocation, status) => {
  const line = TABLE.find((one) => one.revocation === revocation)
  expect({ 200: 'never', 400: 'expiry' }[status]).toBe(line?.cells.token)
})

it('the released Logto tells nobody of a session that an administrator revokes', () => {
  const revoked = [
    effects['after-session-delete'],
    effects['after-session-delete-grants-all'],
    withBackChannel['after-session-delete-grants-all-ssrf-protection-disabled'],
  ]
  expect(revoked.map(({ deliveriesReceived }) => deliveriesReceived)).toEqual([[], [], []])
  // Others it does tell: the deliveries were listened for.
  expect(effects['after-suspend'].deliveriesReceived).toEqual([{ hook: 'User.SuspensionStatus.Updated' }])
})

it('the released Logto posts a logout token at the person’s own sign-out alone', () => {
  const posted = Object.entries(withBackChannel).flatMap(([act, { deliveriesReceived }]) =>
    deliveriesReceived.some((received) => 'url' in received) ? [act] : [],
  )
  expect(posted).toEqual(['after-sign-out-ssrf-protection-disabled'])
})

it('a role that was taken away leaves the next refreshed token of the released Logto', () => {
  expect(roleHeld.response.body.scope.split(' ')).toContain('write:posts')
  expect(roleRemoved.response.status).toBe(200)
  expect(roleRemoved.response.body.scope).toBe('')
})

it('a sign-in that was under way survives a suspension at the released Logto, until a second one', () => {
  expect(codeAfterSuspension.response.status).toBe(200)
  expect(refreshWhileSuspended.response.status).toBe(200)
  expect(refreshAfterSecondSuspension.response.body.error).toBe('invalid_grant')
})
