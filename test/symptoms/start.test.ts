import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { Controller, type Database, Entity, MonoSystem, Property } from 'interaqt'
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest'
import { startServer } from '../../src/http/index.js'
import { createLogtoSync } from '../../src/interaqt/index.js'
import { Client, createParseUserId } from '../../src/server/index.js'
import { ROOT } from '../docs/markdown.js'
import { openPglite } from '../support/pglite.js'
import { failureOf, type Scene, setScene } from './scene.js'
import { symptom } from './symptom.js'

let scene: Scene

beforeAll(async () => {
  scene = await setScene()
})
beforeEach(() => scene.listen())
afterEach(() => scene.clear())
afterAll(() => scene.close())

describe('a server that starts', () => {
  const createUser = () =>
    Entity.create({ name: 'User', properties: [Property.create({ name: 'name', type: 'string' })] })
  // By reflection, because interaqt's own types do not fit together under exactOptionalPropertyTypes.
  const createController = (database: Database, model: object): Controller =>
    Reflect.construct(Controller, [{ system: new MonoSystem(database), ...model }])
  const createSync = () => {
    const { interaqtEndpoint } = scene
    const logto = new Client({ logtoEndpoint: 'http://127.0.0.1:3001', interaqtEndpoint })
    const sync = createLogtoSync({ logto })
    const model = sync.extend({ entities: [createUser()], relations: [], eventSources: [] })
    return { sync, model, parseUserId: createParseUserId(logto) }
  }

  symptom('database-schema', async () => {
    const database = openPglite()
    const old = { entities: [createUser()], relations: [], eventSources: [] }
    await createController(database, old).setup(true)
    const failure = await failureOf(createController(database, createSync().model).setup(false))
    await database.close()
    return [failure]
  })

  symptom('database-column', async () => {
    const database = openPglite()
    const { sync, model, parseUserId } = createSync()
    const controller = createController(database, model)
    await controller.setup(true)
    sync.attach(controller)
    // Interaqt abbreviates the names: this is User.isSuspended.
    const [found] = await database.query<Record<string, string>>(
      "SELECT column_name FROM information_schema.columns WHERE column_name LIKE 'use_iss_%'",
      [],
      'find the column',
    )
    await database.query(`ALTER TABLE "User" DROP COLUMN "${found?.column_name}"`, [], 'drop the column')
    const failure = await failureOf(startServer(controller, { port: 0, parseUserId, sync, webhook: false }))
    await database.close()
    return [failure, ...scene.printed()]
  })

  symptom('interaqt-version', async () => {
    // Below node_modules, so that everything else is found as it is installed.
    const folder = await mkdtemp(join(ROOT, 'node_modules/.cache-symptoms-'))
    try {
      const installed = join(folder, 'node_modules/interaqt')
      await mkdir(installed, { recursive: true })
      const manifest = { name: 'interaqt', version: '0.8.12', type: 'module', main: 'index.js' }
      await writeFile(join(installed, 'package.json'), JSON.stringify(manifest))
      await writeFile(
        join(installed, 'index.js'),
        'export class Controller {}; export const startServer = () => {}',
      )
      await build({
        entryPoints: [join(ROOT, 'src/http/index.ts')],
        outfile: join(folder, 'server.mjs'),
        bundle: true,
        format: 'esm',
        platform: 'node',
        packages: 'external',
      })
      const { stderr } = await promisify(execFile)(process.execPath, [join(folder, 'server.mjs')]).catch(
        (error) => error,
      )
      return [stderr]
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
