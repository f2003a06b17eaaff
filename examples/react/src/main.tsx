import { LogtoProvider } from '@yourorg/interaqt-logto/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.js'
import { client, HOME } from './client.js'

// Logto and the API know this page by one address, and people type `localhost` and `127.0.0.1` alike.
if (location.origin !== new URL(HOME).origin) location.replace(HOME)

const root = document.querySelector('#root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <LogtoProvider client={client}>
        <App />
      </LogtoProvider>
    </StrictMode>,
  )
}
