/** What the API's interactions take. */
export type Interactions = {
  sendFriendRequest: { payload: { username: string }; result: unknown }
  acceptFriendRequest: { payload: { request: { id: string } }; result: unknown }
  declineFriendRequest: { payload: { request: { id: string } }; result: unknown }
  publishAnnouncement: { payload: { text: string }; result: unknown }
}
