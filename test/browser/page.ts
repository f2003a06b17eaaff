/** What the test page offers to the test, as `window.lib`. */
import LogtoClient from '@logto/browser'
import { ApiError, Client, NetworkError, SignInError } from '../../src/browser/index.js'

Object.assign(window, { lib: { Client, ApiError, NetworkError, SignInError, LogtoClient } })

declare global {
  interface Window {
    lib: {
      Client: typeof Client
      ApiError: typeof ApiError
      NetworkError: typeof NetworkError
      SignInError: typeof SignInError
      LogtoClient: typeof LogtoClient
    }
    /** The Client of the page, made by its first script. */
    client: Client
  }
}
