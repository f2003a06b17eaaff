// How far Logto's clock may be ahead of ours, in seconds. None of these lengthens a token's life.

/** Access tokens: they come with every request, so a wrong clock is noticed at once. Servers that use NTP differ by less. */
export const ACCESS_TOKEN_CLOCK_TOLERANCE_SECONDS = 5

/** ID tokens: they come straight from Logto's token endpoint, where TLS vouches for them. `@logto/client` has 300 too. */
export const ID_TOKEN_CLOCK_TOLERANCE_SECONDS = 300

/** Logout tokens live two minutes (recordings of back-channel logout); half of that keeps replays short. */
export const LOGOUT_TOKEN_CLOCK_TOLERANCE_SECONDS = 60
