import type { Logger } from '../../logto/logger.js'
import { nearestName } from '../../logto/nearest-name.js'
import type { InteraqtController, InteraqtProperty } from '../interaqt-model.js'
import { blankUser, type MapUserSample } from '../records/user-mapper.js'
import { isMadeBySync, namesOf, type SyncParts } from './sync-parts.js'
import { propertiesOf } from './user-entity.js'

const FIELDS = Object.keys(blankUser(''))

/** Says which columns of the User stay empty where no `mapUser` was given. It may be meant, so it is no error. */
export function warnOfEmptyColumns(
  { userEntity }: SyncParts,
  { entities = [] }: InteraqtController,
  logger: Logger,
): void {
  const user = entities.find(({ name }) => name === userEntity)
  const columns = user ? namesOf(propertiesOf(user).filter(isFilledByNobody)) : []
  if (columns.length === 0) return
  const fromLogto = columns.filter((column) => FIELDS.includes(column))
  const example = (fromLogto.length > 0 ? fromLogto : ['username']).map((field) => `${field}: user.${field}`)
  logger.warn(
    `interaqt-logto: createLogtoSync has no \`mapUser\`, so that nothing of Logto gets into ${columns.join(', ')} of ` +
      `${userEntity}. What to do: add \`mapUser: (user) => ({ ${example.join(', ')} })\`, ` +
      'or `mapUser: () => ({})` if none of them comes from Logto',
  )
}

/** Says which fields `mapUser` reads that no Logto user has: their columns stay empty. A later Logto may have them. */
export function warnOfUnknownFields({ unknownFields = [] }: MapUserSample, logger: Logger): void {
  for (const field of unknownFields) {
    const short = field.toLowerCase()
    const nearest = FIELDS.find((name) => name.toLowerCase().endsWith(short)) ?? nearestName(field, FIELDS)
    const hint = nearest === undefined ? `there are ${FIELDS.join(', ')}` : `did you mean user.${nearest}?`
    logger.warn(`interaqt-logto: mapUser reads user.${field}, which no Logto user has: ${hint}`)
  }
}

function isFilledByNobody(property: InteraqtProperty): boolean {
  const isInternal = property.name.startsWith('_')
  const isComputed = ['computed', 'computation', 'defaultValue'].some(
    (name) => Reflect.get(property, name) !== undefined,
  )
  return !isMadeBySync(property) && !isInternal && !isComputed
}
