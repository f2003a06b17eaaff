import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { send } from '../http.js'
import { recordedExchange, recording } from '../recordings.js'
import { NEWER_USER_FIELD } from '../versions.js'
import { expectDocument } from './discovery.js'

interface RecordedDocument {
  response: { body: Record<string, unknown> }
}

function documentCase(name: string, path: string, file: string): ContractCase {
  const source = `released/${file}.json`
  return {
    name,
    recording: source,
    compares: 'every value, with the endpoint put in and the scopes of the version',
    run: (world) => expectDocument(world, path, recording<RecordedDocument>(source).response.body),
  }
}

/** A path that others give their version at. */
function silent(name: string, path: string, file: string): ContractCase {
  const source = `released/${file}.json`
  return {
    name,
    recording: source,
    compares: 'status, and that neither body nor headers name a version',
    run: async ({ endpoint }) => {
      const { response } = recordedExchange(source)
      const answer = await send(`${endpoint}/api${path}`)
      expect(answer.status).toBe(response.status)
      expect(answer.body).toBe(response.body ?? '')
      expect([...answer.headers.keys()].filter((header) => /version|powered|^server$/i.test(header))).toEqual(
        [],
      )
    },
  }
}

/** In what the measured versions differ, and that only discovery tells which one it is. */
export const versions: ContractGroup = {
  subject: 'Versions',
  cases: [
    documentCase('the discovery document of that version', 'openid-configuration', 'openid-configuration'),
    documentCase(
      'the OAuth authorization server metadata of that version',
      'oauth-authorization-server',
      'oauth-authorization-server',
    ),
    {
      name: 'a user of that version',
      recording: 'released/user-object-get.json',
      compares: 'the names of the fields, in any order',
      run: async (world) => {
        const { fields } = await world.made('GET', `/users/${world.alice.id}`)
        const { body } = recordedExchange('released/user-object-get.json').response
        expect(Object.keys(fields).toSorted()).toEqual(Object.keys(Object(body)).toSorted())
        expect(NEWER_USER_FIELD in fields).toBe(world.logto.version === 'development')
      },
    },
    silent('the status names no version', '/status', 'status'),
    silent('there is no page about the version', '/version', 'version-probe-version'),
  ],
}
