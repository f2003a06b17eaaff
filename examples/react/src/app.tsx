import { RequireSignIn, useLogto } from '@yourorg/interaqt-logto/react'
import { useState } from 'react'
import { HOME } from './client.js'
import { Notes } from './notes.js'
import { Problem } from './problem.js'

/** Two pages: everybody sees the welcome; the notes are for people who are signed in. */
export function App() {
  return (
    <>
      <Bar />
      <main>{location.pathname === '/notes' ? <NotesPage /> : <Welcome />}</main>
    </>
  )
}

function Bar() {
  const { isAuthenticated, signOut } = useLogto()
  return (
    <header className="bar">
      <a className="brand" href="/">
        Notes
      </a>
      {isAuthenticated && (
        <button
          className="quiet"
          type="button"
          onClick={() => signOut(HOME).catch(() => location.assign('/'))}
        >
          Sign out
        </button>
      )}
    </header>
  )
}

function Welcome() {
  const { isLoading, isAuthenticated, error, signIn } = useLogto()
  const [signInError, setSignInError] = useState<unknown>()
  const returnTo = '/notes'
  const go = (options?: { firstScreen: 'register' }) =>
    signIn({ redirectUri: HOME, returnTo, ...options }).catch(setSignInError)
  if (isLoading) return <p role="status">One moment…</p>
  return (
    <section className="welcome" aria-labelledby="title">
      <h1 id="title">Notes for everybody.</h1>
      <p className="lead">A React page, signed in with Logto.</p>
      <Problem error={signInError ?? error} />
      {isAuthenticated ? (
        <a className="button" href={returnTo}>
          Read the notes
        </a>
      ) : (
        <div className="actions">
          <button type="button" onClick={() => go()}>
            Sign in
          </button>
          <button className="secondary" type="button" onClick={() => go({ firstScreen: 'register' })}>
            Create an account
          </button>
        </div>
      )}
      <p className="hint">{withCode(import.meta.env.WELCOME_HINT)}</p>
    </section>
  )
}

/** Who opens this page signed out goes to Logto by himself, and comes back to it. */
function NotesPage() {
  return (
    <RequireSignIn
      signIn={HOME}
      fallback={<p role="status">One moment…</p>}
      renderError={(error, signIn) => (
        <>
          <Problem error={error} />
          <button type="button" onClick={signIn}>
            Sign in
          </button>
        </>
      )}
      renderSignedOut={(signIn) => (
        <>
          <p role="status">You are signed out.</p>
          <button type="button" onClick={signIn}>
            Sign in
          </button>
        </>
      )}
    >
      <Notes />
    </RequireSignIn>
  )
}

/** What stands between backticks is shown as code, which does not break at its hyphens. */
function withCode(text: string) {
  return text.split('`').map((part, index) => (index % 2 ? <code key={part}>{part}</code> : part))
}
