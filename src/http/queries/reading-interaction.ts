import type { NamedEventSource } from '../../interaqt/interaqt-model.js'
import { Interaction } from '../../interaqt/interaqt-peer.js'
import { isObject } from '../../logto/is-object.js'

/** What an interaction reads. */
export interface Reading {
  /** Name of the entity or relation. Undefined for a resolver of the application's own. */
  record: string | undefined
  /** `dataPolicy.attributeQuery`: what the result shows, whatever the caller asks for. */
  attributeQuery: readonly unknown[] | undefined
  /** Keys of `dataPolicy.modifier`. */
  fixedModifiers: readonly string[]
}

/**
 * Returns what an interaction reads; undefined when it reads nothing.
 *
 * A step of an activity is an object of its own, which has the interaction's `resolve` but neither its data nor its
 * policy (interaqt 4.10, `ActivityManager`). So the interaction is found by that function.
 */
export function readingOf(eventSource: NamedEventSource): Reading | undefined {
  const resolve: unknown = Reflect.get(eventSource, 'resolve')
  if (typeof resolve !== 'function') return undefined
  const interaction =
    'dataPolicy' in eventSource ? eventSource : Interaction.instances.find((one) => one.resolve === resolve)
  const data: unknown = interaction && Reflect.get(interaction, 'data')
  const policy: unknown = interaction && Reflect.get(interaction, 'dataPolicy')
  const { attributeQuery, modifier } = isObject(policy) ? policy : {}
  return {
    record: isObject(data) && typeof data.name === 'string' ? data.name : undefined,
    attributeQuery: Array.isArray(attributeQuery) ? attributeQuery : undefined,
    fixedModifiers: isObject(modifier) ? Object.keys(modifier) : [],
  }
}
