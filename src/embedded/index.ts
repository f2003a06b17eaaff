export type { RefusedRequest } from './refusals/refused-request.js'
export { type SignInPage, type SignInUser, signInAs } from './sign-in/sign-in-as.js'
export { type EmbeddedLogto, type EmbeddedLogtoOptions, startEmbeddedLogto } from './start.js'
