import { readdirSync } from 'node:fs'
import type { ContractGroup } from './case.js'
import { measuredOnText } from './measured-on.js'
import { NOT_COVERED } from './not-covered.js'
import { BEHAVIOUR_DIFFERENCES, FIELD_DIFFERENCES } from './versions.js'

const RECORDINGS = new URL('../fixtures/recordings/', import.meta.url)

/** The contract suite's page: every case with its recording, and what is not covered. */
export function tableOf(groups: readonly ContractGroup[]): string {
  const count = groups.reduce((sum, { cases }) => sum + cases.length, 0)
  const sections = groups.map(
    ({ subject, cases }) =>
      `## ${subject}\n\n| case | recording | compared | measured on |\n|---|---|---|---|\n${cases
        .map(
          (row) =>
            `| ${[row.name, row.recording, row.compares, measuredOnText(row)].map(cell).join(' | ')} |`,
        )
        .join('\n')}\n`,
  )
  const differences = [...FIELD_DIFFERENCES, ...BEHAVIOUR_DIFFERENCES].map(
    (row) => `| ${[row.what, row.released, row.development, row.source].map(cell).join(' | ')} |`,
  )
  const named = namedRecordings(groups)
  const notCovered = Object.entries(NOT_COVERED)
    .filter(([what]) => !named.has(what))
    .map(([what, why]) => `| ${cell(what)} | ${cell(why)} |`)
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

## What differs between versions

The suite knows two versions of Logto: the released 1.42.0, and a build of the development version of 2026-08-21 (below:
"development"). No answer of Logto names its version, so it tells them apart by the scopes in the discovery document.
These differences are named, in [\`versions.ts\`](versions.ts); any other one fails. Without an environment the suite runs
once for each version, against the embedded Logto.

| what | 1.42.0 | development | source |
|---|---|---|---|
${differences.join('\n')}

The last column of the tables below says what an answer was measured on: "1.42.0, development" on both, whichever was
recorded; "sources only" was read in Logto's sources and seen nowhere.

${sections.join('\n')}
## Not covered

| recording or behaviour | why |
|---|---|
${notCovered.join('\n')}
`
}

/** Recordings that no case names and that are not listed as not covered. */
export function unnamedRecordings(groups: readonly ContractGroup[]): string[] {
  const named = namedRecordings(groups)
  return readdirSync(RECORDINGS, { recursive: true })
    .map(String)
    .filter((path) => path.endsWith('.json'))
    .filter((path) => !named.has(path) && !(path in NOT_COVERED))
}

function namedRecordings(groups: readonly ContractGroup[]): ReadonlySet<string> {
  return new Set(groups.flatMap(({ cases }) => cases.flatMap(({ recording }) => recording.split(', '))))
}

const cell = (text: string): string => text.replaceAll('|', '\\|')
