import type { ContractCase, ContractGroup } from '../case.js'
import { expectLike } from '../expect-like.js'
import { recordedExchange } from '../recordings.js'
import { ALL_SCOPES, MANAGEMENT_API } from '../world.js'
import { BOTH_SCOPES, expectTokens, noResource, refreshTokenOf, tokenCase } from './token-case.js'

const userTokens: ContractCase[] = [
  tokenCase(
    'a code exchanged without a resource: opaque',
    'tokens/A-code-exchange-no-resource_opaque.json',
    async (world, path) => {
      const answer = await world.tokens(world.alice, { nonce: 'n0nce' })
      expectTokens(answer, path, { scope: ALL_SCOPES })
    },
  ),
  tokenCase(
    'a refresh with a resource: a JWT with all scopes',
    'tokens/B-refresh-with-resource_jwt-all-scopes.json',
    async (world, path) => {
      const first = await world.tokens(world.alice, { nonce: 'n0nce' })
      const answer = await world.refresh(refreshTokenOf(first), { resource: world.resource.indicator })
      expectTokens(answer, path, { scope: BOTH_SCOPES, aud: world.resource.indicator })
    },
  ),
  tokenCase(
    'a code exchanged with a resource: a JWT',
    'tokens/C-code-exchange-with-resource_jwt.json',
    async (world, path) => {
      const answer = await world.exchange(await world.signIn(), { resource: world.resource.indicator })
      expectTokens(answer, path, { scope: BOTH_SCOPES, aud: world.resource.indicator })
    },
  ),
  tokenCase(
    'a refresh with a subset of the scopes: no ID token',
    'tokens/D-refresh-with-resource-and-scope-subset.json',
    async (world, path) => {
      const answer = await world.refresh(refreshTokenOf(await world.tokens()), {
        resource: world.resource.indicator,
        scope: 'interaction:read',
      })
      expectTokens(answer, path, { scope: 'interaction:read' })
    },
  ),
  tokenCase('an organization token', 'tokens/E-organization-token.json', async (world, path) => {
    const organization_id = world.organization.id
    const answer = await world.refresh(refreshTokenOf(await world.tokens()), { organization_id })
    expectTokens(answer, path, { scope: '', aud: `urn:logto:organization:${organization_id}` })
  }),
  tokenCase(
    'no user gets a token for the Management API',
    'tokens/I-user-token-for-management-api.json',
    async (world, path) => {
      expectTokens(
        await world.refresh(refreshTokenOf(await world.tokens()), { resource: MANAGEMENT_API }),
        path,
      )
    },
  ),
  tokenCase(
    'no resource in the authorization request: opaque',
    'tokens/J-no-resource-in-auth_opaque.json',
    async (world, path) => {
      expectTokens(await world.tokens(world.alice, noResource), path, { scope: ALL_SCOPES })
    },
  ),
  tokenCase(
    'a resource that the authorization request did not name',
    'tokens/K-refresh-with-resource-not-in-auth-request.json',
    async (world, path) => {
      const first = await world.tokens(world.alice, noResource)
      expectTokens(await world.refresh(refreshTokenOf(first), { resource: world.resource.indicator }), path)
    },
  ),
  tokenCase(
    'a user without roles: an empty scope',
    'tokens/L-user-without-roles_empty-scope.json',
    async (world, path) => {
      const authorization = await world.signIn(world.norole, {
        scope: `openid offline_access ${BOTH_SCOPES}`,
      })
      const answer = await world.exchange(authorization, { resource: world.resource.indicator })
      expectTokens(answer, path, { scope: '' })
    },
  ),
  tokenCase(
    'offline_access without prompt=consent: no refresh token',
    'tokens/M-offline_access-without-prompt-consent_no-refresh-token.json',
    async (world, path) => {
      const scope = `openid offline_access ${BOTH_SCOPES}`
      const authorization = await world.signIn(world.norole, { scope, prompt: undefined })
      expectTokens(await world.exchange(authorization, { resource: world.resource.indicator }), path)
    },
  ),
  tokenCase('a minimal code exchange', 'tokens/code-exchange-response.json', async (world, path) => {
    const authorization = await world.signIn(world.alice, {
      scope: 'openid profile email',
      resource: undefined,
      prompt: undefined,
    })
    expectLike(await world.exchange(authorization), recordedExchange(path).response)
  }),
  tokenCase(
    'a refresh token used again at once works',
    'tokens/W-refresh-token-reuse-within-3s-grace_200.json',
    async (world, path) => {
      const used = refreshTokenOf(await world.tokens())
      const resource = world.resource.indicator
      await world.refresh(used, { resource })
      expectLike(await world.refresh(used, { resource }), recordedExchange(path).response)
    },
  ),
  tokenCase(
    'the rotated token works after that',
    'tokens/W2-rotated-token-after-in-grace-reuse_200.json',
    async (world, path) => {
      const used = refreshTokenOf(await world.tokens())
      const resource = world.resource.indicator
      const rotated = refreshTokenOf(await world.refresh(used, { resource }))
      await world.refresh(used, { resource })
      expectLike(await world.refresh(rotated, { resource }), recordedExchange(path).response)
    },
  ),
]

const machineTokens: ContractCase[] = [
  tokenCase('a machine with the role', 'tokens/N-m2m-management-api.json', async (world, path) => {
    expectTokens(await world.machineToken({ resource: MANAGEMENT_API, scope: 'all' }), path, { scope: 'all' })
  }),
  tokenCase(
    'a machine that asks for no scope',
    'tokens/O-m2m-management-api-no-scope-param.json',
    async (world, path) => {
      expectTokens(await world.machineToken({ resource: MANAGEMENT_API }), path)
    },
  ),
  tokenCase(
    'a machine with a role for an own resource',
    'tokens/Q-m2m-for-interaction-resource-with-role.json',
    async (world, path) => {
      const role = await world.make('/roles', {
        name: world.name('reader'),
        description: 'reads',
        type: 'MachineToMachine',
        scopeIds: [world.scopes.read],
      })
      await world.made('POST', `/applications/${world.plainMachine.id}/roles`, { roleIds: [role.id] })
      const form = { resource: world.resource.indicator, scope: BOTH_SCOPES }
      const answer = await world.machineToken(form, world.plainMachine)
      await world.made('DELETE', `/applications/${world.plainMachine.id}/roles/${role.id}`)
      expectTokens(answer, path, { scope: 'interaction:read', aud: world.resource.indicator })
    },
  ),
  tokenCase(
    'a machine without any role gets a token all the same',
    'errors/m2m-without-role-token.json',
    async (world, path) => {
      expectTokens(
        await world.machineToken({ resource: MANAGEMENT_API, scope: 'all' }, world.plainMachine),
        path,
      )
    },
  ),
  tokenCase('a machine that names no resource', 'tokens/R-m2m-no-resource.json', async (world, path) => {
    expectTokens(await world.machineToken({}), path)
  }),
  tokenCase("a machine's organization token", 'tokens/T-m2m-organization-token.json', async (world, path) => {
    const organization_id = world.organization.id
    const answer = await world.machineToken({ organization_id })
    expectTokens(answer, path, { scope: '', aud: `urn:logto:organization:${organization_id}` })
  }),
]

export const tokens: ContractGroup = { subject: 'Tokens', cases: [...userTokens, ...machineTokens] }
