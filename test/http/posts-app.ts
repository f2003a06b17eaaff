import {
  Action,
  Activity,
  ActivityManager,
  Controller,
  type Database,
  DataPolicy,
  Entity,
  GetAction,
  Interaction,
  KlassByName,
  MatchExp,
  MonoSystem,
  Property,
  Relation,
  Transfer,
} from 'interaqt'

const text = (name: string) => Property.create({ name, type: 'string' })

const User = Entity.create({
  name: 'User',
  properties: [text('logtoId'), text('name'), text('email'), text('secretNote')],
})
const Post = Entity.create({
  name: 'Post',
  properties: [
    text('text'),
    text('draft'),
    text('moderatorNote'),
    Property.create({ name: 'score', type: 'number' }),
    Property.create({ name: 'isPinned', type: 'boolean' }),
    Property.create({ name: 'writtenAt', type: 'timestamp' }),
    Property.create({ name: 'layout', type: 'object' }),
    Property.create({ name: 'tags', type: 'string', collection: true }),
  ],
})
const Comment = Entity.create({
  name: 'Comment',
  properties: [text('text'), Property.create({ name: 'isHidden', type: 'boolean' })],
})
const Pinned = Entity.create({
  name: 'Pinned',
  baseEntity: Post,
  matchExpression: MatchExp.atom({ key: 'isPinned', value: ['=', true] }),
})
const Authorship = Relation.create({
  name: 'Authorship',
  source: Post,
  sourceProperty: 'author',
  target: User,
  targetProperty: 'posts',
  type: 'n:1',
  properties: [text('contract'), text('role')],
})
const relations = [
  Authorship,
  Relation.create({
    source: Comment,
    sourceProperty: 'post',
    target: Post,
    targetProperty: 'comments',
    type: 'n:1',
  }),
  Relation.create({
    source: User,
    sourceProperty: 'friends',
    target: User,
    targetProperty: 'friends',
    type: 'n:n',
    properties: [text('diary')],
  }),
]

function reading(name: string, data: object, policy?: object) {
  const dataPolicy = policy && DataPolicy.create(policy)
  return Reflect.apply(Interaction.create, Interaction, [{ name, action: GetAction, data, dataPolicy }])
}

const AUTHOR = ['author', { attributeQuery: ['name'] }]
const visible = MatchExp.atom({ key: 'isHidden', value: ['=', false] })

/** Called after what its policy says. */
const interactions = [
  reading('posts', Post, {
    attributeQuery: [
      'text',
      'score',
      'isPinned',
      'writtenAt',
      'layout',
      'tags',
      AUTHOR,
      ['comments', { matchExpression: visible, attributeQuery: ['text'] }],
    ],
  }),
  reading('noPolicy', Post),
  reading('onlyAMatch', Post, { match: MatchExp.atom({ key: 'score', value: ['>', 0] }) }),
  reading('ownPosts', Post, {
    match: (event: { user: { id: string } }) =>
      MatchExp.atom({ key: 'author.id', value: ['=', event.user.id] }),
    attributeQuery: ['text', AUTHOR],
  }),
  reading('columns', Post, { attributeQuery: ['*', ['author', { attributeQuery: ['name'] }]] }),
  reading('bareRelation', Post, { attributeQuery: ['text', 'author'] }),
  reading('aFunction', Post, { attributeQuery: () => ['text'] }),
  reading('firstTwo', Post, { modifier: { limit: 2 }, attributeQuery: ['text', 'score'] }),
  reading('newestComments', Post, {
    attributeQuery: ['text', ['comments', { modifier: { limit: 1 }, attributeQuery: ['text'] }]],
  }),
  reading('friends', User, {
    attributeQuery: ['name', ['friends', { attributeQuery: ['name', ['&', { attributeQuery: ['id'] }]] }]],
  }),
  reading('pinned', Pinned, { attributeQuery: ['text', AUTHOR] }),
  reading('authorships', Authorship, {
    attributeQuery: [
      'role',
      ['source', { attributeQuery: ['text'] }],
      ['target', { attributeQuery: ['name'] }],
    ],
  }),
  Interaction.create({ name: 'write', action: Action.create({ name: 'write' }) }),
]

const look = reading('look', Post, { attributeQuery: ['text', AUTHOR] })
const decide = Interaction.create({ name: 'decide', action: Action.create({ name: 'decide' }) })
const review = Activity.create({
  name: 'review',
  interactions: [look, decide],
  transfers: [Transfer.create({ name: 'lookToDecide', source: look, target: decide })],
})

/** People write posts. What others must not learn: `email`, `secretNote`, `draft`, `contract`, `diary`, hidden comments. */
export async function startPostsApp(database: Database) {
  const system = new MonoSystem(database)
  system.conceptClass = KlassByName
  const activities = new ActivityManager([review]).getOutput()
  // By reflection, because interaqt's own types do not fit together under exactOptionalPropertyTypes.
  const controller: Controller = Reflect.construct(Controller, [
    {
      system,
      entities: [User, Post, Pinned, Comment, ...activities.entities],
      relations: [...relations, ...activities.relations],
      eventSources: [...interactions, ...activities.eventSources],
    },
  ])
  await controller.setup(true)
  const { storage } = system
  const ann = await storage.create('User', {
    logtoId: 'ann',
    name: 'Ann',
    email: 'ann@example.com',
    secretNote: 'Burglar alarm 4711',
  })
  const bob = await storage.create('User', {
    logtoId: 'bob',
    name: 'Bob',
    email: 'bob@example.com',
    secretNote: 'Zero',
  })
  await storage.addRelationByNameById('User_friends_friends_User', String(ann.id), String(bob.id), {
    diary: 'met in 1999',
  })
  for (const [name, author, score] of [
    ['first', ann, 1],
    ['second', bob, 2],
    ['third', ann, 3],
  ] as const) {
    const post = await storage.create('Post', {
      text: name,
      draft: `draft of ${name}`,
      moderatorNote: `note on ${name}`,
      score,
      isPinned: score === 1,
      writtenAt: Date.UTC(2026, 0, score),
      layout: { columns: score },
      tags: [name, 'all'],
      author: { id: author.id, '&': { contract: `contract of ${name}`, role: 'writer' } },
    })
    await storage.create('Comment', { text: `seen ${name}`, isHidden: false, post: { id: post.id } })
    await storage.create('Comment', { text: `hidden ${name}`, isHidden: true, post: { id: post.id } })
  }
  return { controller, storage, ids: { ann: ann.id, bob: bob.id } }
}
