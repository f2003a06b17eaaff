import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type EmbeddedLogto, startEmbeddedLogto } from '../../src/embedded/index.js'
import type { LogtoState } from '../../src/testing/state/state.js'
import { PASSWORD, World } from './world.js'

const MACHINE = { id: 'm-default', secret: 'known-to-the-caller' }

let logto: EmbeddedLogto
beforeEach(async () => {
  // One that the suite knows only by its environment, as it knows a real one.
  const application = { ...MACHINE, name: 'm', type: 'MachineToMachine' as const, managementApi: true }
  logto = await startEmbeddedLogto({ port: 0, log: () => {}, applications: [application] })
  vi.stubEnv('LOGTO_ENDPOINT', `${logto.url}/`)
  vi.stubEnv('LOGTO_ADMIN_ENDPOINT', `${logto.url}/`)
  vi.stubEnv('LOGTO_M2M_APP_ID', MACHINE.id)
  vi.stubEnv('LOGTO_M2M_APP_SECRET', MACHINE.secret)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  await logto.close()
})

/** Everything in a Logto that the suite could leave behind or change. */
const contents = (state: LogtoState) => ({
  users: state.users.size,
  applications: [...state.applications.keys()],
  resources: [...state.resources.keys()],
  scopes: [...state.scopes.keys()],
  roles: [...state.roles.keys()],
  organizations: [...state.organizations.keys()],
  organizationScopes: [...state.organizationScopes.keys()],
  organizationRoles: [...state.organizationRoles.keys()],
  hooks: [...state.hooks.keys()],
  signInExperience: structuredClone(state.signInExperience),
  accountCenter: structuredClone(state.accountCenter),
})

/** Keeps the errors that a test provokes in the server out of the report. */
const quiet = () => vi.spyOn(console, 'error').mockImplementation(() => {})

describe('the suite at a Logto that the environment names', () => {
  it('leaves it as it was, also after a case that failed half-way', async () => {
    const before = contents(logto.state)
    const world = await World.create()
    expect(world.logto).toMatchObject({ embedded: false, endpoint: logto.url })
    // A creation whose deletion was never reached, somebody who signed up, and a setting that was not put back.
    await world.made('POST', '/organization-scopes', { name: world.name('scope') })
    await world.person().signUp(world.authorization(), { username: world.name('new'), password: PASSWORD })
    await world.made('PATCH', '/account-center', { enabled: true })
    expect(contents(logto.state)).not.toEqual(before)
    await world.destroy()
    expect(contents(logto.state)).toEqual(before)
  })

  it('leaves nothing when it cannot make all that it needs', async () => {
    quiet()
    const before = contents(logto.state)
    const refused = vi.spyOn(logto.state.organizations, 'set').mockImplementation(() => {
      throw new Error('out of organizations')
    })
    await expect(World.create()).rejects.toThrow()
    expect(refused).toHaveBeenCalled()
    expect(contents(logto.state)).toEqual(before)
  })

  it('says what it could not remove', async () => {
    const world = await World.create()
    const { id } = await world.makeUser()
    quiet()
    vi.spyOn(logto.state.users, 'delete').mockImplementationOnce(() => {
      throw new Error('not now')
    })
    await expect(world.destroy()).rejects.toThrow(`/users/${id}`)
  })
})
