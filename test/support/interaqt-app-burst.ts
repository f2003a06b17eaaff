import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { userInApi } from '../../src/testing/state/users.js'

/** Makes twenty users and updates them, all at once as Logto delivers; resolves when every delivery has ended. */
export async function sendBurst({ state }: EmbeddedLogto, events: number): Promise<void> {
  const users = Array.from({ length: 20 }, (_, index) => state.users.create({ username: `user_${index}` }))
  for (let count = 0; count < events; count++) {
    const user = users[count % users.length]
    if (!user) throw new Error('no users')
    const isFirst = count < users.length
    if (!isFirst) state.users.update(user, { name: `Name ${count}` })
    const cause = isFirst
      ? { path: '/users', method: 'POST', params: {}, matchedRoute: '/users' }
      : {
          path: `/users/${user.id}`,
          method: 'PATCH',
          params: { userId: user.id },
          matchedRoute: '/users/:userId',
        }
    const event = isFirst ? 'User.Created' : 'User.Data.Updated'
    const createdAt = new Date(state.now()).toISOString()
    state.deliveries.trigger(event, { event, createdAt, status: 200, ...cause, data: userInApi(user) })
    // Some writes a millisecond, as a busy Logto makes them.
    if (count % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await state.deliveries.settled()
}

/** Waits until so many deliveries have ended. */
export async function answered({ state }: EmbeddedLogto, count: number): Promise<void> {
  while (state.deliveries.log.length < count) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Deliveries that Logto logged as failed. */
export function failuresOf({ state }: EmbeddedLogto): number {
  return state.deliveries.log.filter(({ payload }) => payload.result === 'Error').length
}
