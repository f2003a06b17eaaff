import { LogtoProvider, RequireSignIn, useInteraction, useLogto } from '@yourorg/interaqt-logto/react'
import { StrictMode, version } from 'react'
import { createRoot } from 'react-dom/client'
import { fakeClient } from './fake-client.js'

/** The page of the test: every binding once, in strict mode, over a client that the test steers. */
function Status() {
  const { isLoading, isAuthenticated, error, signOut } = useLogto()
  const who = isLoading ? 'loading' : isAuthenticated ? 'signed in' : 'signed out'
  return (
    <>
      <p id="status">{error instanceof Error ? `${who}: ${error.message}` : who}</p>
      <button type="button" onClick={() => signOut()}>
        Sign out
      </button>
    </>
  )
}

function Greeting() {
  const { call, data, error, isPending } = useInteraction('greet')
  return (
    <>
      <button type="button" onClick={() => call({ name: 'bob' }).catch(() => {})}>
        Greet
      </button>
      <button
        type="button"
        onClick={() => call({ name: 'carol' }, { query: { slow: true } }).catch(() => {})}
      >
        Wait
      </button>
      <p id="greeting">
        {isPending ? 'asking' : error instanceof Error ? error.message : JSON.stringify(data)}
      </p>
    </>
  )
}

window.control.reactVersion = version
const root = document.querySelector('#root')
if (root)
  createRoot(root).render(
    <StrictMode>
      <LogtoProvider client={fakeClient}>
        <Status />
        <RequireSignIn
          signIn={location.origin}
          fallback={<p id="fallback">one moment</p>}
          {...(location.search !== '?wrong-option' && {
            renderError: (error: unknown) => <p id="refused">{String(error)}</p>,
          })}
        >
          <Greeting />
        </RequireSignIn>
      </LogtoProvider>
    </StrictMode>,
  )
