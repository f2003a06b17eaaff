import type { ContractGroup } from '../case.js'
import { accounts } from './account.js'
import { applicationBodies } from './application-bodies.js'
import { authorization } from './authorization.js'
import { backChannel } from './back-channel.js'
import { clientSecrets } from './client-secrets.js'
import { consent } from './consent.js'
import { cors } from './cors.js'
import { deliveries } from './deliveries.js'
import { deliveryLog } from './delivery-log.js'
import { discovery } from './discovery.js'
import { importedPasswords } from './imported-passwords.js'
import { keys } from './keys.js'
import { managementAccess } from './management-access.js'
import { organizations } from './organizations.js'
import { pagination } from './pagination.js'
import { personalAccessTokens } from './personal-access-tokens.js'
import { prompts } from './prompts.js'
import { roles } from './roles.js'
import { searches } from './searches.js'
import { sessions } from './sessions.js'
import { setup } from './setup.js'
import { suspension } from './suspension.js'
import { tokenErrors } from './token-errors.js'
import { tokenExchange } from './token-exchange.js'
import { tokenUse } from './token-use.js'
import { tokens } from './tokens.js'
import { users } from './users.js'
import { versions } from './versions.js'
import { webhookOrganizationEvents } from './webhook-organization-events.js'
import { webhookRoleEvents } from './webhook-role-events.js'
import { webhookUserEvents } from './webhook-user-events.js'

/** All cases, in the order in which they run: the keys are rotated last. */
export const GROUPS: readonly ContractGroup[] = [
  versions,
  discovery,
  authorization,
  prompts,
  tokens,
  tokenUse,
  tokenErrors,
  tokenExchange,
  personalAccessTokens,
  clientSecrets,
  consent,
  suspension,
  sessions,
  backChannel,
  cors,
  managementAccess,
  users,
  importedPasswords,
  roles,
  organizations,
  setup,
  applicationBodies,
  pagination,
  searches,
  accounts,
  webhookUserEvents,
  webhookRoleEvents,
  webhookOrganizationEvents,
  deliveries,
  deliveryLog,
  keys,
]
