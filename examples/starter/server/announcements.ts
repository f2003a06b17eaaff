import { Condition, type Controller, Entity, MatchExp, Property, Transform } from 'interaqt'
import { type Call, createInteraction, event, type Happened, type Verdict } from './interactions.js'
import type { Model } from './model.js'
import { PUBLISH_SCOPE } from './scopes.js'

/** Short messages to everybody. Who may publish is not decided here: Logto decides, and the access token says it. */
export function announcements(): Model {
  const Announcement = Entity.create({
    name: 'Announcement',
    properties: [
      Property.create({ name: 'text', type: 'string' }),
      Property.create({ name: 'author', type: 'string' }),
      Property.create({ name: 'publishedAt', type: 'number', defaultValue: () => Date.now() }),
    ],
    computation: Transform.create({
      eventDeps: { published: event('publishAnnouncement') },
      callback: ({ record }: Happened) => ({
        text: record.payload.text,
        author: record.context.admission.author,
      }),
    }),
  })
  return {
    entities: [Announcement],
    relations: [],
    eventSources: [createInteraction('publishAnnouncement', { name: 'text', type: 'string' }, mayPublish())],
  }
}

function mayPublish() {
  return Condition.create({
    name: 'mayPublishAnnouncement',
    async content(this: Controller, { user }: Call): Promise<Verdict> {
      if (!user.scopes.includes(PUBLISH_SCOPE)) {
        return {
          allowed: false,
          code: 'scope_missing',
          message: `You may not publish announcements: that takes the scope “${PUBLISH_SCOPE}”.`,
        }
      }
      const byId = MatchExp.atom({ key: 'id', value: ['=', user.id] })
      const author = await this.system.storage.findOne('User', byId, undefined, ['username'])
      return { allowed: true, context: { author: author.username } }
    },
  })
}
