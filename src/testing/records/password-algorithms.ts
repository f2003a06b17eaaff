/** Algorithms of a digest that `POST /users` takes (recordings/released/user-create-unknown-algorithm.json). */
export const PASSWORD_ALGORITHMS = [
  'Argon2i',
  'Argon2id',
  'Argon2d',
  'SHA1',
  'SHA256',
  'MD5',
  'Bcrypt',
  'Legacy',
] as const
export type PasswordAlgorithm = (typeof PASSWORD_ALGORITHMS)[number]
