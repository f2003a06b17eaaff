import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { expectLike } from '../expect-like.js'
import { type Answer, text } from '../http.js'
import { recordedExchange, recording } from '../recordings.js'
import { PASSWORD, REDIRECT_URI, type World } from '../world.js'

const SUMMARY = 'released/algorithms-summary.json'

/** One line of the recorded summary. */
interface Outcome {
  case: string
  create: number
  storedAfter?: string
  again?: number
}

/** What only the development version has. */
const OPTIONAL = ['cimdClientId', '[].cimdClientId']

const file = (name: string): string => `released/${name}.json`
const bodyOf = (name: string): Record<string, unknown> => Object(recordedExchange(file(name)).request.body)
const outcomeOf = (name: string): Outcome | undefined =>
  recording<{ table: Outcome[] }>(SUMMARY).table.find((row) => row.case === name)

/** The answer of the sign-in page's API to a password. */
async function verify(world: World, username: string, password: string): Promise<Answer> {
  const person = world.person()
  await person.begin(
    world.authorization({
      redirect_uri: REDIRECT_URI,
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    }),
  )
  await person.step('PUT', '', { interactionEvent: 'SignIn' })
  return person.step('POST', '/verification/password', {
    identifier: { type: 'username', value: username },
    password,
  })
}

/** Creates the recorded user under a name of ours. */
async function imported(world: World, name: string): Promise<{ id: string; username: string }> {
  const username = world.name('imported')
  const answer = await world.replay(file(name), { body: { ...bodyOf(name), username }, optional: OPTIONAL })
  return { id: text(answer, 'id'), username }
}

/** The password of a recorded attempt. */
const passwordOf = (name: string): string => String(bodyOf(name).password)

const algorithm = (name: string): ContractCase => ({
  name: `${name}: created, a wrong password, the right one twice`,
  recording: [`user-create-${name}`, `sign-in-${name}-wrong-password`, `sign-in-${name}`]
    .map(file)
    .concat(SUMMARY)
    .join(', '),
  compares: 'status, content type, shape or error body of each; the algorithm after the first right password',
  run: async (world) => {
    const { id, username } = await imported(world, `user-create-${name}`)
    for (const attempt of [`sign-in-${name}-wrong-password`, `sign-in-${name}`]) {
      expectLike(await verify(world, username, passwordOf(attempt)), recordedExchange(file(attempt)).response)
    }
    const outcome = outcomeOf(name)
    expect((await verify(world, username, passwordOf(`sign-in-${name}`))).status).toBe(outcome?.again)
    const { fields } = await world.made('GET', `/users/${id}?includePasswordHash=true`)
    const [stored = '', beginning = ''] = outcome?.storedAfter?.split(' ') ?? []
    expect(fields.passwordAlgorithm).toBe(stored)
    expect(String(fields.passwordDigest).startsWith(beginning)).toBe(true)
  },
})

/** A digest that is taken without a look at it, and the sign-in after it. */
const unchecked = (name: string): ContractCase => ({
  name: `${name}: created, and what a sign-in is answered`,
  recording: [`user-create-${name}`, `sign-in-${name}`].map(file).join(', '),
  compares: 'status, content type, shape or error body of both',
  run: async (world) => {
    const { username } = await imported(world, `user-create-${name}`)
    const attempt = `sign-in-${name}`
    const { response } = recordedExchange(file(attempt))
    for (let time = 0; time < 2; time++) {
      expectLike(await verify(world, username, passwordOf(attempt)), response)
    }
  },
})

const refused = (name: string): ContractCase => ({
  name: `refused: ${name.replaceAll('-', ' ')}`,
  recording: file(`user-create-${name}`),
  compares: 'status, content type, error body',
  run: async (world) => {
    await world.replay(file(`user-create-${name}`))
  },
})

const DUPLICATES = ['username', 'email', 'phone', 'all', 'email-other-case', 'username-other-case']

const duplicates: ContractCase = {
  name: 'users who exist already; the first field that is taken is named',
  recording: ['full', ...DUPLICATES.map((name) => `duplicate-${name}`)]
    .map((name) => file(`user-create-${name}`))
    .join(', '),
  compares: 'status, content type, shape of the user or error body of each',
  run: async (world) => {
    const username = world.name('dup')
    const host = `${world.name('dup')}.example.com`
    const phone = `1555${Math.floor(Math.random() * 9_000_000 + 1_000_000)}`
    // Names of ours for the recorded ones, in the same case; a name that is another one stays another one.
    const own = ({ username: name, primaryEmail, primaryPhone, ...rest }: Record<string, unknown>) => ({
      ...rest,
      ...(name !== undefined && {
        username:
          name === 'dup_1' ? username : name === 'DUP_1' ? username.toUpperCase() : world.name('other'),
      }),
      ...(typeof primaryEmail === 'string' && {
        primaryEmail: primaryEmail === 'dup@example.com' ? `dup@${host}` : `DUP@${host.toUpperCase()}`,
      }),
      ...(primaryPhone !== undefined && { primaryPhone: phone }),
    })
    for (const name of ['full', ...DUPLICATES.map((what) => `duplicate-${what}`)]) {
      const body = own(bodyOf(`user-create-${name}`))
      await world.replay(file(`user-create-${name}`), { body, free: ['customData'], optional: OPTIONAL })
    }
  },
}

const aboutOne = (name: string, path: string, compares = 'status, content type, body'): ContractCase => ({
  name: `the password of a user: ${name.replace('user-', '').replaceAll('-', ' ')}`,
  recording: file(name),
  compares,
  run: async (world) => {
    const { id } = await world.makeUser()
    const { body } = recordedExchange(file(name)).request
    await world.replay(file(name), { path: `/users/${id}${path}`, ...(body !== undefined && { body }) })
  },
})

const withDigest = (
  name: string,
  pathOf: (user: { id: string; username: string }) => string,
): ContractCase => ({
  name: `digests shown on request: ${name.replaceAll('-', ' ')}`,
  recording: file(name),
  compares: 'status, content type, shape of the user; the digest and the algorithm',
  run: async (world) => {
    const user = await imported(world, 'user-create-sha256-uppercase')
    const answer = await world.replay(file(name), { path: pathOf(user), optional: OPTIONAL })
    const { passwordDigest, passwordAlgorithm } = bodyOf('user-create-sha256-uppercase')
    const shown = Array.isArray(answer.body) ? answer.body[0] : answer.body
    expect(shown).toMatchObject({ passwordDigest, passwordAlgorithm })
    expect((await world.made('GET', `/users/${user.id}`)).fields).not.toHaveProperty('passwordDigest')
  },
})

/** Users who come with the digests of another system, and their first sign-in. */
export const importedPasswords: ContractGroup = {
  subject: 'Imported users and passwords',
  cases: [
    ...['argon2i', 'argon2id', 'argon2d', 'argon2id-digest-as-argon2i', 'bcrypt', 'bcrypt-2b', 'bcrypt-2y']
      .concat(['sha1', 'sha256', 'sha256-uppercase', 'md5', 'legacy-sha512-salted', 'legacy-pbkdf2'])
      .concat(['legacy-pbkdf2-hex-salt', 'legacy-firebase-scrypt'])
      .map(algorithm),
    ...['bcrypt-garbage-digest', 'argon2-garbage-digest', 'sha256-garbage-digest']
      .concat(['algorithm-without-digest', 'empty-digest'])
      .map(unchecked),
    ...['unknown-algorithm', 'lowercase-algorithm', 'digest-257-characters', 'digest-without-algorithm']
      .concat(['password-and-digest', 'legacy-garbage-digest', 'legacy-no-at', 'legacy-unknown-hash'])
      .concat(['legacy-bad-hex-salt', 'phone-with-plus', 'username-email', 'username-starting-with-digit'])
      .concat(['username-with-dash', 'username-with-dot'])
      .map(refused),
    duplicates,
    {
      name: 'an address with a plus sign',
      recording: file('user-create-email-with-plus'),
      compares: 'status, content type, shape of the user',
      run: async (world) => {
        const primaryEmail = `a+b@${world.name('plus').replaceAll('_', '-')}.example.com`
        await world.replay(file('user-create-email-with-plus'), {
          body: { primaryEmail },
          optional: OPTIONAL,
        })
      },
    },
    ...['user-create-with-id', 'user-create-with-createdAt'].map((name) => ({
      name: `${name.replace('user-create-with-', '')} cannot be chosen: it is ignored`,
      recording: file(name),
      compares: 'status, content type, shape of the user; id and createdAt are others',
      run: async (world: World) => {
        const sent = bodyOf(name)
        const answer = await world.replay(file(name), {
          body: { ...sent, username: world.name('own') },
          optional: OPTIONAL,
        })
        expect(answer.fields.id).not.toBe(sent.id)
        expect(answer.fields.createdAt).not.toBe(sent.createdAt)
      },
    })),
    aboutOne('user-has-password', '/has-password'),
    {
      name: 'the password of a user: password verify',
      recording: file('user-password-verify'),
      compares: 'status',
      run: async (world) => {
        const { id } = await world.makeUser()
        const { request, response } = recordedExchange(file('user-password-verify'))
        const answer = await world.management(request.method, `/users/${id}/password/verify`, {
          body: { password: PASSWORD },
        })
        expect(answer.status).toBe(response.status)
      },
    },
    aboutOne('user-password-verify-wrong', '/password/verify', 'status, content type, error body'),
    aboutOne('user-password-patch-digest', '/password', 'status, content type, error body'),
    withDigest('user-get-with-password-hash', ({ id }) => `/users/${id}?includePasswordHash=true`),
    withDigest(
      'users-list-with-password-hash',
      ({ username }) => `/users?search.username=${username}&mode.username=exact&includePasswordHash=true`,
    ),
  ],
}
