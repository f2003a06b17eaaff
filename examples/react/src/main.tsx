import { LogtoProvider } from '@yourorg/interaqt-logto/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.js'
import { client } from './client.js'

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
