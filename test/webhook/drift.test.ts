import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { expect, it } from 'vitest'
import { driftOf } from '../../src/webhook/event.js'
import { parseWebhookEvent, WEBHOOK_EVENTS } from '../../src/webhook/index.js'
import { freeForm, shapeOf } from '../../src/webhook/shape.js'
import { eventJson } from '../support/webhook-deliveries.js'

const WEBHOOK_ENTRY = resolve(import.meta.dirname, '../../src/webhook/index.ts')

// Once any part of a process has loaded classic zod, zod/mini has messages too: only a process of its own shows the drift
// reports of an application without it.
it('says what it expected, also in a process that has no other zod', async () => {
  const event = eventJson({
    data: { isSuspended: 'no', createdAt: 'secret-of-a-user', customData: [] },
    interactionEvent: 'Escape',
  })
  const script = `
    import { parseWebhookEvent } from ${JSON.stringify(WEBHOOK_ENTRY)}
    parseWebhookEvent(${event}, ({ fields }) => console.log(JSON.stringify(fields)))`
  const bundle = await build({
    stdin: { contents: script, resolveDir: import.meta.dirname },
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
  })
  expect(Object.keys(bundle.metafile.inputs).filter((file) => file.includes('zod/v4/classic'))).toEqual([])

  const code = bundle.outputFiles[0]?.text ?? ''
  const { stdout } = await promisify(execFile)('node', ['--input-type=module', '--eval', code])
  expect(stdout).not.toContain('secret')
  expect(JSON.parse(stdout)).toEqual(
    expect.arrayContaining([
      {
        path: 'interactionEvent',
        message: 'Invalid option: expected one of "SignIn"|"Register"|"ForgotPassword"',
      },
      { path: 'data.username', message: 'Invalid input: expected string, received undefined' },
      { path: 'data.isSuspended', message: 'Invalid input: expected boolean, received string' },
      { path: 'data.createdAt', message: 'Invalid input: expected number, received string' },
      { path: 'data.customData', message: 'Invalid input: expected object' },
    ]),
  )
})

it.each(WEBHOOK_EVENTS)('is found in %s', (name) => {
  const event = parseWebhookEvent(JSON.parse(eventJson({ event: name, applicationId: 1 })))
  expect(driftOf(event).map(({ path }) => path)).toEqual(['applicationId'])
})

it('a field that only the type or only the schema has does not compile', () => {
  interface Thing {
    extra?: Record<string, unknown>
    [field: string]: unknown
  }
  expect(shapeOf<Thing>({ extra: freeForm() })).toBeDefined()
  // @ts-expect-error the schema has no `extra`
  shapeOf<Thing>({})
  // @ts-expect-error the type has no `more`
  shapeOf<Thing>({ extra: freeForm(), more: freeForm() })
})
