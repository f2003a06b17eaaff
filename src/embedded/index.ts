export { type SignInPage, type SignInUser, signInAs } from './sign-in-as.js'
export { type EmbeddedLogto, type EmbeddedLogtoOptions, startEmbeddedLogto } from './start.js'
