import { useInteraction } from '@yourorg/interaqt-logto/react'
import { type FormEvent, useCallback, useEffect, useState } from 'react'
import { client, type Interactions } from './client.js'
import { Problem } from './problem.js'

interface Person {
  id: string
  username: string
  name: string
}

interface Board {
  me: Person & { friendCount: number }
  friends: Person[]
  requests: { received: { id: string; from: Person }[]; sent: { id: string; to: Person }[] }
}

/** What the API has about the person who is signed in. */
export function Friends() {
  const [board, setBoard] = useState<Board>()
  const [error, setError] = useState<unknown>()
  const refresh = useCallback(async () => {
    try {
      setBoard(await readBoard())
      setError(undefined)
    } catch (cause) {
      setError(cause)
    }
  }, [])
  useEffect(() => {
    void refresh()
  }, [refresh])

  if (error)
    return (
      <section className="card">
        <Problem error={error} />
        <button type="button" onClick={refresh}>
          Try again
        </button>
      </section>
    )
  if (!board) return <p role="status">One moment…</p>
  const { me, friends, requests } = board
  return (
    <>
      <section className="card">
        <h1>Hello, {me.name || me.username}</h1>
        <p className="hint">
          {me.friendCount === 1 ? '1 friend' : `${me.friendCount} friends`}
          {friends.length > 0 && `: ${friends.map(({ name, username }) => name || username).join(', ')}`}
        </p>
      </section>
      <AddFriend onSent={refresh} />
      <section className="card" aria-labelledby="requests">
        <h2 id="requests">Requests</h2>
        <ul>
          {requests.received.map(({ id, from }) => (
            <Request key={id} id={id} from={from.name || from.username} onAccepted={refresh} />
          ))}
          {requests.sent.map(({ id, to }) => (
            <li key={id}>{to.name || to.username} has not answered yet.</li>
          ))}
        </ul>
        {requests.received.length + requests.sent.length === 0 && <p className="hint">None at the moment.</p>}
      </section>
    </>
  )
}

function AddFriend({ onSent }: { onSent: () => Promise<void> }) {
  const { call, isPending, error, data } = useInteraction<Interactions, 'sendFriendRequest'>(
    'sendFriendRequest',
  )
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const username = String(new FormData(form).get('username'))
    // What went wrong is in `error`, which the form shows.
    await call({ username }).then(
      () => form.reset(),
      () => undefined,
    )
    await onSent()
  }
  return (
    <section className="card" aria-labelledby="add">
      <h2 id="add">Add a friend</h2>
      <form onSubmit={submit}>
        <label htmlFor="username">Username</label>
        <div className="row">
          <input id="username" name="username" autoComplete="off" autoCapitalize="none" required />
          <button type="submit" disabled={isPending}>
            Send request
          </button>
        </div>
      </form>
      {error ? <Problem error={error} /> : <p role="status">{data ? 'Your request is on its way.' : ''}</p>}
    </section>
  )
}

function Request({ id, from, onAccepted }: { id: string; from: string; onAccepted: () => Promise<void> }) {
  const { call, isPending, error } = useInteraction<Interactions, 'acceptFriendRequest'>(
    'acceptFriendRequest',
  )
  return (
    <li>
      {from} would like to be your friend.{' '}
      <button
        type="button"
        disabled={isPending}
        onClick={() => call({ request: { id } }).then(onAccepted, () => undefined)}
      >
        Accept
      </button>
      <Problem error={error} />
    </li>
  )
}

async function readBoard(): Promise<Board> {
  const [me, friends, requests] = await Promise.all(
    ['whoAmI', 'listFriends', 'listFriendRequests'].map((api) => client.post(`/api/${api}`)),
  )
  return { me, friends, requests } as Board
}
