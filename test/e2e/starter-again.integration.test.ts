import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Application, startApplication } from '../../examples/demo/application.js'
import { httpPerson } from '../../examples/demo/http-person.js'
import { linkPackage } from '../../examples/link-package.js'
import { Client } from '../../src/server/index.js'
import { freePort } from '../support/free-port.js'
import { createDatabase, type TestDatabase } from '../support/postgres.js'
import { STARTER_TURN_MS, starterTurn } from '../support/starter-turn.js'

const PASSWORD = 'tea-and-cake'

describe('the starter on a database that stays, with its embedded Logto, which does not', () => {
  let endTurn: () => Promise<void>
  let database: TestDatabase
  let ports: { logto: number; api: number; frontend: number }
  let url: string

  beforeAll(async () => {
    await linkPackage()
    endTurn = await starterTurn()
    ports = { logto: await freePort(), api: await freePort(), frontend: await freePort() }
    database = await createDatabase(inject('postgres'))
    const { host, port, user, password } = inject('postgres')
    url = `postgresql://${user}:${password}@${host}:${port}/${database.name}`
  }, STARTER_TURN_MS)
  afterAll(async () => {
    await database?.drop()
    await endTurn?.()
  })

  async function day(use: (application: Application, printed: () => string) => Promise<void>): Promise<void> {
    const lines: string[] = []
    const application = await startApplication(ports, (text) => void lines.push(text), {
      env: { DATABASE_URL: url },
    })
    try {
      await use(application, () => lines.join(''))
    } finally {
      await application.stop()
    }
  }

  it('lets alice in again who was deleted, as the same person, and marks who has gone', async () => {
    await day(async (application) => {
      const alice = httpPerson(application, 'alice')
      await alice.signIn(PASSWORD)
      const bob = httpPerson(application, 'bob')
      await bob.signIn(PASSWORD)
      await bob.open()
      await alice.sendFriendRequest('bob')
      await bob.acceptFriendRequest('alice')
      const carol = httpPerson(application, 'carol')
      await carol.signUp(PASSWORD)
      await carol.open()

      await remove(application, 'alice0000000')
      await expect.poll(() => alice.open().then(String, String)).toContain('user_deleted')
    })
    await day(async (application, printed) => {
      // Nobody is asked to open it before the records are right.
      await expect.poll(printed).toContain('Open ')
      const alice = httpPerson(application, 'alice')
      await alice.signIn(PASSWORD)
      expect(await alice.friends()).toEqual(['bob'])
      expect(await alice.sendFriendRequest('carol')).toContain('user_not_found')
    })
  })
})

/** Deletes a user in Logto, as its console does. */
async function remove({ logtoEndpoint, interaqtEndpoint, machine }: Application, id: string): Promise<void> {
  const client = new Client(logtoEndpoint, machine.id, machine.secret, interaqtEndpoint)
  const headers = { authorization: `Bearer ${await client.getManagementToken()}` }
  const { status } = await fetch(`${logtoEndpoint}/api/users/${id}`, { method: 'DELETE', headers })
  expect(status).toBe(204)
}
