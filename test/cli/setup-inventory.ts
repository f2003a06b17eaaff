import type { EmbeddedLogto } from '../../src/embedded/index.js'

/** Flags that let `setup` make the scopes of `COMPLETE`. */
export const SCOPES = ['--scope', 'friends:read', 'friends:write']

/** What is in a Logto after `setup` in the project `friends`, once and without duplicates. */
export const COMPLETE = {
  applications: ['MachineToMachine Manager', 'MachineToMachine friends (API)', 'SPA friends (frontend)'],
  resources: ['http://127.0.0.1:4000/interaction', 'https://default.logto.app/api'],
  scopes: ['all', 'friends:read', 'friends:write'],
  hooks: ['friends sync'],
  secrets: [1, 0, 1],
}

/** What is in a Logto, in the form of `COMPLETE`. */
export function inventoryOf({ state }: EmbeddedLogto): typeof COMPLETE {
  const applications = [...state.applications.values()]
  return {
    applications: applications.map(({ name, type }) => `${type} ${name}`).sort(),
    resources: [...state.resources.values()].map(({ indicator }) => indicator).sort(),
    scopes: [...state.scopes.values()].map(({ name }) => name).sort(),
    hooks: [...state.hooks.values()].map(({ name }) => name),
    secrets: applications.map(({ secrets }) => secrets.length),
  }
}

/** Takes away what `setup` has made, and leaves the machine application `manager` and Logto's own. */
export function emptyLogto({ state }: EmbeddedLogto): void {
  for (const table of ['applications', 'resources', 'scopes', 'hooks'] as const) {
    for (const id of [...state[table].keys()]) {
      if (id !== 'manager' && !id.startsWith('management-api')) state[table].delete(id)
    }
  }
}
