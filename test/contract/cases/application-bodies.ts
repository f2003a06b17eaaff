import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { text } from '../http.js'
import { recordedExchange } from '../recordings.js'

function creation(name: string, file: string): ContractCase {
  const path = `released/${file}.json`
  return {
    name,
    recording: path,
    compares: 'status, content type, shape of the application, its redirect URIs',
    run: async (world) => {
      const { request, response } = recordedExchange(path)
      const body = { ...Object(request.body), name: world.name('spa') }
      const answer = await world.replay(path, { body })
      const { oidcClientMetadata } = Object(response.body)
      expect(answer.fields.oidcClientMetadata).toEqual(oidcClientMetadata)
      await world.made('DELETE', `/applications/${text(answer, 'id')}`)
    },
  }
}

function refusal(name: string, file: string): ContractCase {
  const path = `released/${file}.json`
  return {
    name,
    recording: path,
    compares: 'status, content type, error body',
    run: async (world) => {
      await world.replay(path)
    },
  }
}

/** What `POST /applications` and the secrets of an application take and refuse. */
export const applicationBodies: ContractGroup = {
  subject: 'Management API: bodies of applications',
  cases: [
    creation('both lists of redirect URIs', 'applications-post-both'),
    creation('no metadata at all: two empty lists', 'applications-post-no-metadata'),
    refusal('redirect URIs without those after the sign-out', 'applications-post-only-redirectUris'),
    refusal('metadata without either list', 'applications-post-empty-metadata'),
    {
      name: 'a secret that has expired already',
      recording: 'released/application-secret-create-past.json',
      compares: 'status, content type, error body',
      run: async (world) => {
        await world.replay('released/application-secret-create-past.json', {
          path: `/applications/${world.plainMachine.id}/secrets`,
          body: { name: world.name('secret'), expiresAt: Date.now() - 60_000 },
        })
      },
    },
  ],
}
