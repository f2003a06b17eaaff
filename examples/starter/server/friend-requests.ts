import {
  Condition,
  type Controller,
  Entity,
  type EntityInstance,
  MatchExp,
  Property,
  Relation,
  StateMachine,
  type StateMachineInstance,
  StateNode,
  StateTransfer,
  Transform,
} from 'interaqt'
import { type Call, createInteraction, event, type Happened, type Verdict } from './interactions.js'
import type { Model } from './model.js'

/** Friend requests between users, and the friendships that follow from them. */
export function friendRequests(User: EntityInstance): Model {
  const FriendRequest = Entity.create({
    name: 'FriendRequest',
    properties: [
      Property.create({ name: 'sentAt', type: 'number', defaultValue: () => Date.now() }),
      Property.create({ name: 'status', type: 'string', computation: status() }),
    ],
    computation: Transform.create({
      eventDeps: { sent: event('sendFriendRequest') },
      callback: ({ record }: Happened) => ({
        from: { id: record.user.id },
        to: { id: record.context.admission.receiver },
      }),
    }),
  })
  const From = Relation.create({
    source: FriendRequest,
    sourceProperty: 'from',
    target: User,
    targetProperty: 'sentRequests',
    type: 'n:1',
  })
  const To = Relation.create({
    source: FriendRequest,
    sourceProperty: 'to',
    target: User,
    targetProperty: 'receivedRequests',
    type: 'n:1',
  })
  // A friendship is an accepted request. Both of its sides are called "friends", so it has no direction.
  const Friendship = Relation.create({
    source: User,
    sourceProperty: 'friends',
    target: User,
    targetProperty: 'friends',
    type: 'n:n',
    computation: Transform.create({
      record: FriendRequest,
      attributeQuery: ['status', ['from', { attributeQuery: ['id'] }], ['to', { attributeQuery: ['id'] }]],
      callback: (request: { status: string; from: object; to: object }) =>
        request.status === 'accepted' ? { source: request.from, target: request.to } : null,
    }),
  })
  const request = { name: 'request', type: 'object', base: FriendRequest, isRef: true }
  return {
    entities: [FriendRequest],
    relations: [From, To, Friendship],
    eventSources: [
      createInteraction('sendFriendRequest', { name: 'username', type: 'string' }, maySend()),
      createInteraction('acceptFriendRequest', request, mayAnswer()),
      createInteraction('declineFriendRequest', request, mayAnswer()),
    ],
  }
}

/** A request is pending until it is accepted or declined, which happens once. */
function status(): StateMachineInstance {
  const pending = StateNode.create({ name: 'pending' })
  const accepted = StateNode.create({ name: 'accepted' })
  const declined = StateNode.create({ name: 'declined' })
  const computeTarget = ({ record }: Happened) => record.payload.request
  return StateMachine.create({
    states: [pending, accepted, declined],
    initialState: pending,
    transfers: [
      StateTransfer.create({
        current: pending,
        next: accepted,
        trigger: event('acceptFriendRequest'),
        computeTarget,
      }),
      StateTransfer.create({
        current: pending,
        next: declined,
        trigger: event('declineFriendRequest'),
        computeTarget,
      }),
    ],
  })
}

function maySend() {
  return Condition.create({
    name: 'maySendFriendRequest',
    // Both users' records are locked, so that two requests that cross each other come one after the other.
    locks: [
      { recordName: 'User', id: ({ user }) => user.id },
      { mode: 'match', recordName: 'User', match: (call) => named(call.payload?.username) },
    ],
    async content(this: Controller, { user, payload }: Call): Promise<Verdict> {
      const { storage } = this.system
      const username = String(payload?.username ?? '')
      const receiver = await storage.findOne('User', named(username), undefined, [
        'id',
        'isDeleted',
        ['friends', { attributeQuery: ['id'] }],
      ])
      if (!receiver || receiver.isDeleted) {
        return refuse('user_not_found', `There is nobody called “${username}” here.`)
      }
      if (receiver.id === user.id) return refuse('own_request', 'That is you.')
      if (receiver.friends.some(isRecord(user.id))) {
        return refuse('already_friends', `You and ${username} are friends already.`)
      }
      const pending = (from: string, to: string) =>
        storage.findOne(
          'FriendRequest',
          MatchExp.atom({ key: 'status', value: ['=', 'pending'] })
            .and({ key: 'from.id', value: ['=', from] })
            .and({ key: 'to.id', value: ['=', to] }),
        )
      if (await pending(user.id, receiver.id)) {
        return refuse('request_pending', `You have asked ${username} already.`)
      }
      if (await pending(receiver.id, user.id)) {
        return refuse('request_received', `${username} has asked you already: accept it below.`)
      }
      return { allowed: true, context: { receiver: receiver.id } }
    },
  })
}

/** Only the user who received a request answers it, and only while it is pending. */
function mayAnswer() {
  return Condition.create({
    name: 'mayAnswerFriendRequest',
    locks: [{ recordName: 'User', id: ({ user }) => user.id }],
    async content(this: Controller, { user, payload }: Call): Promise<Verdict> {
      const received = await this.system.storage.find(
        'FriendRequest',
        MatchExp.atom({ key: 'status', value: ['=', 'pending'] }).and({
          key: 'to.id',
          value: ['=', user.id],
        }),
        undefined,
        ['id'],
      )
      const { request } = payload ?? {}
      const id = request && typeof request === 'object' && 'id' in request ? request.id : undefined
      if (received.some(isRecord(id))) return { allowed: true, context: {} }
      return refuse('request_not_found', 'This request has been answered already, or was not sent to you.')
    },
  })
}

const named = (username: unknown) => MatchExp.atom({ key: 'username', value: ['=', String(username ?? '')] })
const isRecord = (id: unknown) => (record: { id: unknown }) => record.id === id
const refuse = (code: string, message: string): Verdict => ({ allowed: false, code, message })
