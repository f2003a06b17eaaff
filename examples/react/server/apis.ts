import { createDataAPI, type DataAPIContext } from '@yourorg/interaqt-logto/http'
import { type Controller, MatchExp } from 'interaqt'

/**
 * What the frontend reads: each is `POST /api/<name>`, and only for users who are signed in. Each names its columns, so
 * that no caller chooses them. An interaction that reads would name them in its `dataPolicy.attributeQuery`.
 */
export const apis = {
  whoAmI: createDataAPI(function (this: Controller, { user }: DataAPIContext) {
    const byId = MatchExp.atom({ key: 'id', value: ['=', user.id] })
    return this.system.storage.findOne('User', byId, undefined, PERSON)
  }),

  listNotes: createDataAPI(function (this: Controller) {
    const newest = { orderBy: { writtenAt: 'DESC' as const }, limit: 50 }
    return this.system.storage.find('Note', undefined, newest, [
      'id',
      'text',
      'writtenAt',
      ['author', { attributeQuery: PERSON }],
    ])
  }),
}

const PERSON = ['id', 'username', 'name']
