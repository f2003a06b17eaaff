import { readdirSync } from 'node:fs'
import type { ContractGroup } from './case.js'
import { NOT_COVERED } from './not-covered.js'

const RECORDINGS = new URL('../fixtures/recordings/', import.meta.url)

/** The contract suite's page: every case with its recording, and what is not covered. */
export function tableOf(groups: readonly ContractGroup[]): string {
  const count = groups.reduce((sum, { cases }) => sum + cases.length, 0)
  const sections = groups.map(
    ({ subject, cases }) =>
      `## ${subject}\n\n| case | recording | compared |\n|---|---|---|\n${cases
        .map(({ name, recording, compares }) => `| ${cell(name)} | ${cell(recording)} | ${cell(compares)} |`)
        .join('\n')}\n`,
  )
  const notCovered = Object.entries(NOT_COVERED).map(([what, why]) => `| ${cell(what)} | ${cell(why)} |`)
  return `# Contract suite

${count} cases that every Logto must pass, the embedded one and a real one. They compare structure: status, keys, types,
codes and messages, not ids. Without an environment they run against the embedded Logto, in \`npm test\`; against a real
one:

\`\`\`sh
LOGTO_ENDPOINT=http://127.0.0.1:3001 LOGTO_ADMIN_ENDPOINT=http://127.0.0.1:3002 \\
LOGTO_M2M_APP_ID=m-default LOGTO_M2M_APP_SECRET=... npm run test:contract
\`\`\`

\`LOGTO_ADMIN_ENDPOINT\` is for the built-in \`m-default\` only; a machine of the tenant with the role "Logto Management API
access" needs none. \`LOGTO_WEBHOOK_HOST\` names this machine as Logto reaches it. The suite makes what it needs under a
prefix of its own and removes it, but it rotates the signing keys: use a Logto that nobody else depends on.

At the end it prints agreements and differences by area ([how to read them](../../docs/contract.md)). With \`CONTRACT_SEED\` the
cases run in an order of their own.

This page is written by the suite itself: \`npx vitest run --project unit test/contract -u\`.

${sections.join('\n')}
## Not covered

| recording or behaviour | why |
|---|---|
${notCovered.join('\n')}
`
}

/** Recordings that no case names and that are not listed as not covered. */
export function unnamedRecordings(groups: readonly ContractGroup[]): string[] {
  const named = new Set(
    groups.flatMap(({ cases }) => cases.flatMap(({ recording }) => recording.split(', '))),
  )
  return readdirSync(RECORDINGS, { recursive: true })
    .map(String)
    .filter((path) => path.endsWith('.json'))
    .filter((path) => !named.has(path) && !(path in NOT_COVERED))
}

const cell = (text: string): string => text.replaceAll('|', '\\|')
