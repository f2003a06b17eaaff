import { cp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { importEntry } from './imports.js'
import { entryNames, type InstalledTarball, linkPackage, ROOT } from './tarball.js'

/** The optional peers of each entry, and what to do with the entry where the import alone does not need them. */
const NEEDS: Record<string, { peers: string[]; use?: string }> = {
  interaqt: { peers: ['interaqt'] },
  http: { peers: ['interaqt', 'hono', '@hono/node-server'] },
  session: { peers: ['@logto/node', 'hono'] },
  react: { peers: ['react'] },
  embedded: {
    peers: ['oidc-provider', 'hono', '@hono/node-server'],
    use: 'const logto = await entry.startEmbeddedLogto({ port: 0, log() {} }); await logto.close()',
  },
  testing: {
    peers: ['msw', 'hash-wasm'],
    use: "const logto = await entry.createTestLogto({ users: [{ username: 'a', passwordAlgorithm: 'Bcrypt', passwordDigest: `$2b$04$${'.'.repeat(53)}` }] }); logto.handlers; await logto.state.users.authenticate('a', 'b')",
  },
}

/** The application makes the storage and hands it over; no entry loads it. */
const NEVER_LOADED = ['unstorage']

/**
 * Without one peer, everything else being there, each entry that needs it says how to install it; with all of them each
 * works; and without any, those that need none work.
 */
export async function checkMissingPeers({ bare, withPeers }: InstalledTarball): Promise<string> {
  await checkTable()
  // Of its own, because peers are taken out of it.
  const project = `${withPeers}-missing`
  await cp(withPeers, project, { recursive: true })
  for (const entry of await entryNames()) {
    if (entry in NEEDS) continue
    const { code, output } = await importEntry(entry, bare)
    if (code !== 0) throw new Error(`./${entry} must import without optional peers:\n${output}`)
  }
  let cases = 0
  for (const [entry, { peers, use }] of Object.entries(NEEDS)) {
    const { code, output } = await importEntry(entry, project, use)
    if (code !== 0) throw new Error(`./${entry} does not work with its peers:\n${output}`)
    for (const peer of peers) {
      await checkWithout(peer, entry, project, use)
      cases += 1
    }
  }
  return `${cases} missing peers, each named with the command that installs it`
}

async function checkWithout(peer: string, entry: string, project: string, use?: string): Promise<void> {
  await rm(join(project, 'node_modules', peer))
  try {
    const { code, output } = await importEntry(entry, project, use)
    if (code === 0) throw new Error(`./${entry} works without ${peer}: the table of needs is behind`)
    // React's binding is bundled with the application, and bundlers resolve imports before any of our code could run:
    // their message, and Node's, names the package.
    const expected = entry === 'react' ? /'react'/ : new RegExp(`npm install ${peer}(?![\\w/-])`)
    if (!expected.test(output))
      throw new Error(`./${entry} misses ${peer}, but its error names no install command:\n${output}`)
  } finally {
    await linkPackage(peer, project)
  }
}

async function checkTable(): Promise<void> {
  const { peerDependencies, peerDependenciesMeta } = JSON.parse(
    await readFile(join(ROOT, 'package.json'), 'utf8'),
  )
  const known = new Set([...NEVER_LOADED, ...Object.values(NEEDS).flatMap(({ peers }) => peers)])
  for (const peer of Object.keys(peerDependencies)) {
    if (!peerDependenciesMeta[peer]?.optional) throw new Error(`${peer} is a peer that is not optional`)
    if (!known.has(peer)) throw new Error(`${peer} is an optional peer that no entry is tried without`)
  }
}
