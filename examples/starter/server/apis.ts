import { createDataAPI, type DataAPIContext } from '@yourorg/interaqt-logto/http'
import { type Controller, MatchExp } from 'interaqt'

/**
 * What the frontend reads: each is `POST /api/<name>`, and only for users who are signed in. Each names its columns, so
 * that no caller chooses them. An interaction that reads would name them in its `dataPolicy.attributeQuery`.
 */
export const apis = {
  whoAmI: createDataAPI(async function (this: Controller, { user, scopes }: DataAPIContext) {
    const me = await this.system.storage.findOne('User', byId(user.id), undefined, [
      ...PERSON,
      'logtoId',
      'friendCount',
    ])
    return { ...me, scopes }
  }),

  listFriends: createDataAPI(async function (this: Controller, { user }: DataAPIContext) {
    const me = await this.system.storage.findOne('User', byId(user.id), undefined, [
      ['friends', { attributeQuery: PERSON }],
    ])
    return me.friends
  }),

  listFriendRequests: createDataAPI(async function (this: Controller, { user }: DataAPIContext) {
    const pending = (mine: 'from' | 'to', theirs: 'from' | 'to') =>
      this.system.storage.find(
        'FriendRequest',
        MatchExp.atom({ key: 'status', value: ['=', 'pending'] }).and({
          key: `${mine}.id`,
          value: ['=', user.id],
        }),
        { orderBy: { sentAt: 'DESC' } },
        ['id', [theirs, { attributeQuery: PERSON }]],
      )
    const [received, sent] = await Promise.all([pending('to', 'from'), pending('from', 'to')])
    return { received, sent }
  }),

  listAnnouncements: createDataAPI(function (this: Controller) {
    const newest = { orderBy: { publishedAt: 'DESC' }, limit: 3 }
    return this.system.storage.find('Announcement', undefined, newest, [
      'id',
      'text',
      'author',
      'publishedAt',
    ])
  }),
}

const PERSON = ['id', 'username', 'name']
const byId = (id: unknown) => MatchExp.atom({ key: 'id', value: ['=', id] })
