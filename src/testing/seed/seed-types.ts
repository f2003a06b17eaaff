import { WEBHOOK_EVENTS, type WebhookEventName } from '../../logto/index.js'
import { isObject } from '../../logto/is-object.js'
import {
  BOOLEAN,
  ENDPOINT,
  listOf,
  NUMBER,
  OBJECT,
  type OptionRule,
  type OptionRules,
  objectWith,
  oneOf,
  POSITIVE,
  recordOf,
  required,
  STRING,
  STRINGS,
  secret,
} from '../../logto/option-rules.js'
import { isShortId } from '../records/identifiers.js'
import { PASSWORD_ALGORITHMS } from '../records/password-algorithms.js'
import type { ApplicationType, RoleType } from '../records/records.js'
import type { NewUser } from '../state/users.js'

/** A user that the Logto starts with. */
export interface SeedUser extends NewUser {
  /** Fixed id of 12 lower-case letters and digits, as Logto's are; default: a random one. */
  id?: string | undefined
  /**
   * Milliseconds since the epoch; default: now. Pages of `GET /api/users` that end between users of one `createdAt` repeat
   * and lose some of them, as at Logto. Users without this field are never equal.
   */
  createdAt?: number | undefined
  /** Names of roles; default: the default roles. */
  roles?: readonly string[] | undefined
}

/** An application that the Logto starts with. */
export interface SeedApplication {
  /** Fixed id; default: a random one. */
  id?: string | undefined
  name: string
  type: ApplicationType
  redirectUris?: readonly string[] | undefined
  postLogoutRedirectUris?: readonly string[] | undefined
  corsAllowedOrigins?: readonly string[] | undefined
  /** Where logout tokens of a traditional application are posted. They name the session that ended. */
  backchannelLogoutUri?: string | undefined
  /** Fixed client secret of a machine or a traditional application; default: a random one. */
  secret?: string | undefined
  /** Whether a machine gets the role that allows it to call the Management API. */
  managementApi?: boolean | undefined
  /** Names of further roles of a machine. */
  roles?: readonly string[] | undefined
}

/** An API resource that the Logto starts with. */
export interface SeedResource {
  /** Fixed id, which fixes those of its scopes and of its default role too; default: a random one. */
  id?: string | undefined
  indicator: string
  name?: string | undefined
  scopes?: readonly string[] | undefined
  /** Scopes that every new user gets, through a default role named after the resource. */
  defaultScopes?: readonly string[] | undefined
  /** Seconds; default 3600. */
  accessTokenTtl?: number | undefined
}

/** A role that the Logto starts with. */
export interface SeedRole {
  /** Fixed id; default: a random one. */
  id?: string | undefined
  name: string
  description?: string | undefined
  type?: RoleType | undefined
  /** Whether new users get it. */
  isDefault?: boolean | undefined
  /** Names of scopes of the seeded resources; with the resource, when several have a scope of that name. */
  scopes?: readonly (string | { resource: string; scope: string })[] | undefined
}

/** A webhook that the Logto starts with. */
export interface SeedHook {
  /** Fixed id; default: a random one. */
  id?: string | undefined
  name?: string | undefined
  url: string
  /** Default: all events. */
  events?: readonly WebhookEventName[] | undefined
  /** Fixed signing key; default: a random one. */
  signingKey?: string | undefined
  headers?: Record<string, string> | undefined
}

/** An organization that the Logto starts with. */
export interface SeedOrganization {
  id?: string | undefined
  name: string
  description?: string | undefined
  /** Usernames or email addresses of its members, each with names of organization roles. */
  members?: Readonly<Record<string, readonly string[]>> | undefined
}

/** An organization role that the Logto starts with, with its organization scopes. */
export interface SeedOrganizationRole {
  name: string
  scopes?: readonly string[] | undefined
}

/** Everything that a Logto can start with. */
export interface Seed {
  users?: readonly SeedUser[] | undefined
  applications?: readonly SeedApplication[] | undefined
  resources?: readonly SeedResource[] | undefined
  roles?: readonly SeedRole[] | undefined
  hooks?: readonly SeedHook[] | undefined
  organizations?: readonly SeedOrganization[] | undefined
  organizationRoles?: readonly SeedOrganizationRole[] | undefined
}

const STRING_OR_NULL: OptionRule = {
  expected: 'a string that is not empty, or null',
  accepts: (value) => value === null || STRING.accepts(value),
}

const USER_ID: OptionRule = {
  expected: '12 lower-case letters and digits, as the ids of Logto are',
  accepts: (value) => typeof value === 'string' && isShortId(value),
}

const USER_RULES = {
  id: USER_ID,
  createdAt: NUMBER,
  username: STRING_OR_NULL,
  primaryEmail: STRING_OR_NULL,
  primaryPhone: STRING_OR_NULL,
  name: STRING_OR_NULL,
  avatar: STRING_OR_NULL,
  customData: OBJECT,
  profile: OBJECT,
  password: secret(STRING),
  passwordDigest: secret(STRING),
  passwordAlgorithm: oneOf(...PASSWORD_ALGORITHMS),
  roles: STRINGS,
} satisfies OptionRules<SeedUser>

const APPLICATION_RULES = {
  id: STRING,
  name: required(STRING),
  type: required(oneOf('SPA', 'MachineToMachine', 'Traditional', 'Native')),
  redirectUris: STRINGS,
  postLogoutRedirectUris: STRINGS,
  corsAllowedOrigins: STRINGS,
  backchannelLogoutUri: ENDPOINT,
  secret: secret(STRING),
  managementApi: BOOLEAN,
  roles: STRINGS,
} satisfies OptionRules<SeedApplication>

const RESOURCE_RULES = {
  id: STRING,
  indicator: required(STRING),
  name: STRING,
  scopes: STRINGS,
  defaultScopes: STRINGS,
  accessTokenTtl: POSITIVE,
} satisfies OptionRules<SeedResource>

const SCOPE: OptionRule = {
  expected: 'a scope, or an object such as { resource: "https://…", scope: "…" }',
  accepts: (value) => STRING.accepts(value) || isObject(value),
  fields: { resource: required(STRING), scope: required(STRING) },
}

const ROLE_RULES = {
  id: STRING,
  name: required(STRING),
  description: STRING,
  type: oneOf('User', 'MachineToMachine'),
  isDefault: BOOLEAN,
  scopes: listOf(SCOPE),
} satisfies OptionRules<SeedRole>

const HOOK_RULES = {
  id: STRING,
  name: STRING,
  url: required(STRING),
  events: listOf(oneOf(...WEBHOOK_EVENTS)),
  signingKey: secret(STRING),
  headers: recordOf(STRING),
} satisfies OptionRules<SeedHook>

const ORGANIZATION_RULES = {
  id: STRING,
  name: required(STRING),
  description: STRING,
  members: recordOf(STRINGS),
} satisfies OptionRules<SeedOrganization>

const ORGANIZATION_ROLE_RULES = {
  name: required(STRING),
  scopes: STRINGS,
} satisfies OptionRules<SeedOrganizationRole>

export const SEED_RULES = {
  users: listOf(objectWith(USER_RULES)),
  applications: listOf(objectWith(APPLICATION_RULES)),
  resources: listOf(objectWith(RESOURCE_RULES)),
  roles: listOf(objectWith(ROLE_RULES)),
  hooks: listOf(objectWith(HOOK_RULES)),
  organizations: listOf(objectWith(ORGANIZATION_RULES)),
  organizationRoles: listOf(objectWith(ORGANIZATION_ROLE_RULES)),
} satisfies OptionRules<Seed>
