// The two functions that are used, so that this package's types are checked without the optional peer too.
declare module 'hash-wasm' {
  export function argon2Verify(options: { password: string; hash: string }): Promise<boolean>
  export function bcryptVerify(options: { password: string; hash: string }): Promise<boolean>
}
