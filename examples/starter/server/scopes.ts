/** The scope of the API resource that lets a user publish. In Logto, a role gives it. */
export const PUBLISH_SCOPE = 'publish:announcements'
