import { DEFAULT_MANAGEMENT_API_RESOURCE } from '../../logto/index.js'
import { Faults } from '../faults/faults.js'
import type { LogtoVersion } from '../records/logto-version.js'
import {
  newApplication,
  newHook,
  newOrganization,
  newOrganizationRole,
  newOrganizationScope,
  newResource,
  newRole,
  newScope,
} from '../records/new-records.js'
import type { ResourceRecord, RoleRecord, ScopeRecord } from '../records/records.js'
import { defaultAccountCenter, defaultSignInExperience } from '../records/sign-in-experience.js'
import { SigningKeys } from '../records/signing-keys.js'
import { Table } from '../records/table.js'
import { Deliveries } from '../webhooks/deliveries.js'
import { ExchangeableTokens } from './exchangeable-tokens.js'
import { Lockouts } from './lockouts.js'
import { Messages } from './messages.js'
import { NO_SESSIONS, type SessionStore } from './session-store.js'
import { Users } from './users.js'

/** Logto's only scope of the Management API (recordings/setup/06f-list-resources.json). */
export const MANAGEMENT_API_SCOPE = 'all'

/** Name of Logto's built-in role for machines (recordings/setup/04-list-m2m-roles.json). */
export const MANAGEMENT_API_ROLE = 'Logto Management API access'

/**
 * Everything that one Logto holds, in memory: the rows of its tables, its signing keys, its delivery log and the
 * faults that a test asked for. The MSW handlers, the token factory and the embedded server all work on one of these,
 * so that each rule exists once.
 */
export class LogtoState {
  /** Base URL of this Logto, without a trailing slash. The embedded server sets it once its port is known. */
  endpoint: string
  /** The Logto that it behaves as. */
  readonly version: LogtoVersion
  readonly keys: SigningKeys
  readonly faults: Faults
  readonly deliveries: Deliveries
  readonly users: Users
  readonly applications = new Table(newApplication, () => this.now())
  readonly resources = new Table(newResource, () => this.now())
  readonly scopes = new Table(newScope, () => this.now())
  readonly roles = new Table(newRole, () => this.now())
  readonly organizations = new Table(newOrganization, () => this.now())
  readonly organizationScopes = new Table(newOrganizationScope, () => this.now())
  readonly organizationRoles = new Table(newOrganizationRole, () => this.now())
  readonly hooks = new Table(newHook, () => this.now())
  /** Subject tokens and personal access tokens. */
  readonly exchangeable = new ExchangeableTokens(() => this.now())
  /** Failed sign-ins. */
  readonly lockouts = new Lockouts()
  /** Verification codes, which are sent nowhere. */
  readonly messages = new Messages()
  /** Where people are signed in. The embedded server sets it. */
  sessions: SessionStore = NO_SESSIONS
  readonly accountCenter = defaultAccountCenter()
  signInExperience: Record<string, unknown> = defaultSignInExperience()

  private constructor(endpoint: string, version: LogtoVersion, keys: SigningKeys, faults: Faults) {
    this.endpoint = endpoint
    this.version = version
    this.keys = keys
    this.faults = faults
    this.users = new Users(faults, version)
    this.deliveries = new Deliveries(this.hooks, faults)
    this.#addBuiltIns()
  }

  /**
   * Resolves with a state that has Logto's built-in rows: the Management API, its scope and its role.
   *
   * @param endpoint - base URL of this Logto.
   * @param seed - of the random choices that faults make.
   * @param version - the Logto to behave as; default the release.
   */
  static async create(endpoint: string, seed = 1, version: LogtoVersion = '1.42.0'): Promise<LogtoState> {
    const faults = new Faults(seed)
    const keys = await SigningKeys.create(() => faults.now())
    faults.controlKeys(keys)
    return new LogtoState(endpoint, version, keys, faults)
  }

  get issuer(): string {
    return `${this.endpoint}/oidc`
  }

  /** Returns the time of this Logto's clock in milliseconds since the epoch. A test may have skewed it. */
  now(): number {
    return this.faults.now()
  }

  resourceByIndicator(indicator: string): ResourceRecord | undefined {
    for (const resource of this.resources.values()) if (resource.indicator === indicator) return resource
    return undefined
  }

  scopesOf(resourceId: string): ScopeRecord[] {
    return [...this.scopes.values()].filter((scope) => scope.resourceId === resourceId)
  }

  roleByName(name: string): RoleRecord | undefined {
    return this.roles.named(name)
  }

  /** Returns the ids of the roles that a new user gets. */
  defaultRoleIds(): string[] {
    const roles = [...this.roles.values()].filter((role) => role.isDefault && role.type === 'User')
    return roles.map(({ id }) => id)
  }

  #addBuiltIns(): void {
    const resource = this.resources.add({
      id: 'management-api',
      name: 'Logto Management API',
      indicator: DEFAULT_MANAGEMENT_API_RESOURCE,
    })
    const scope = this.scopes.add({
      id: 'management-api-all',
      resourceId: resource.id,
      name: MANAGEMENT_API_SCOPE,
      description: 'Default scope for Management API, allows all permissions.',
    })
    this.roles.add({
      id: 'management-api-access',
      name: MANAGEMENT_API_ROLE,
      description: 'This default role grants access to the Logto management API.',
      type: 'MachineToMachine',
      scopeIds: [scope.id],
    })
  }
}
