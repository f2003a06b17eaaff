import { useInteraction } from '@yourorg/interaqt-logto/react'
import { type FormEvent, useCallback, useEffect, useState } from 'react'
import { client, type Interactions } from './client.js'
import { Problem } from './problem.js'

interface Person {
  id: string
  username: string
  name: string
}

interface Note {
  id: string
  text: string
  writtenAt: number
  author: Person
}

interface Board {
  me: Person
  notes: Note[]
}

const RETRY_INTERVAL_MS = 5_000

/** What the API has. While it gives no answer, asks again by itself. */
export function Notes() {
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
  useEffect(() => {
    if (!error) return
    const timer = setInterval(refresh, RETRY_INTERVAL_MS)
    return () => clearInterval(timer)
  }, [error, refresh])

  if (error)
    return (
      <section className="card">
        <Problem error={error} />
        <p className="hint">This page tries again by itself every {RETRY_INTERVAL_MS / 1000} seconds.</p>
        <button type="button" onClick={refresh}>
          Try again now
        </button>
      </section>
    )
  if (!board) return <p role="status">One moment…</p>
  const { me, notes } = board
  return (
    <>
      <h1 className="cut" title={nameOf(me)}>
        Hello, {nameOf(me)}
      </h1>
      <WriteNote onWritten={refresh} />
      <section className="card" aria-labelledby="notes">
        <h2 id="notes">Notes</h2>
        <ul>
          {notes.map(({ id, text, writtenAt, author }) => (
            <li key={id}>
              <p>{text}</p>
              <p className="hint cut" title={nameOf(author)}>
                {new Date(writtenAt).toLocaleTimeString([], { timeStyle: 'short' })}, {nameOf(author)}
              </p>
            </li>
          ))}
        </ul>
        {notes.length === 0 && <p className="hint">Nobody has written anything yet.</p>}
      </section>
    </>
  )
}

function WriteNote({ onWritten }: { onWritten: () => Promise<void> }) {
  const { call, isPending, error, data } = useInteraction<Interactions, 'writeNote'>('writeNote')
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (isPending) return
    const form = event.currentTarget
    // What went wrong is in `error`, which the form shows.
    const isWritten = await call({ text: String(new FormData(form).get('text')) }).then(
      () => true,
      () => false,
    )
    if (!isWritten) return
    form.reset()
    await onWritten()
  }
  return (
    <section className="card" aria-labelledby="write">
      <h2 id="write">Write a note</h2>
      <form onSubmit={submit}>
        <label htmlFor="text">For everybody who is signed in</label>
        <div className="row">
          <input id="text" name="text" autoComplete="off" maxLength={200} required />
          {/* Not `disabled`, which would take the keyboard's focus away. */}
          <button type="submit" aria-disabled={isPending}>
            Write
          </button>
        </div>
      </form>
      {error ? <Problem error={error} /> : <p role="status">{data ? 'Everybody can read it now.' : ''}</p>}
    </section>
  )
}

const nameOf = ({ name, username }: Person) => name || username

async function readBoard(): Promise<Board> {
  const [me, notes] = await Promise.all(['whoAmI', 'listNotes'].map((api) => client.post(`/api/${api}`)))
  return { me, notes } as Board
}
