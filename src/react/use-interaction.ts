import { useCallback, useEffect, useRef, useState } from 'react'
import type { InteractionMap, InteractOptions } from '../browser/index.js'
import type { InteractionName } from '../browser/interaction-types.js'
import { useLogtoContext } from './logto-provider.js'

interface CallStatus<Result> {
  data: Result | undefined
  /** ApiError, NetworkError or SignInError of the last call. */
  error: unknown
  isPending: boolean
}

/** Result of `useInteraction`. */
export interface InteractionCall<Payload, Result> extends CallStatus<Result> {
  /** Calls the interaction. It rejects as `client.interact` does, and `error` is the same. */
  call: (payload?: Payload, options?: InteractOptions) => Promise<Result>
}

const IDLE = { data: undefined, error: undefined, isPending: false }

/**
 * Returns an interaction and the state of its last call. An answer that comes after a newer call changes nothing. The call
 * is aborted when the component is unmounted.
 *
 * @throws Error outside of a `LogtoProvider`; TypeError without a name.
 *
 * @example
 * const { call, isPending, error } = useInteraction<typeof api, 'sendFriendRequest'>('sendFriendRequest')
 */
export function useInteraction<
  Api extends InteractionMap = InteractionMap,
  Name extends InteractionName<Api> = InteractionName<Api>,
>(name: Name): InteractionCall<Api[Name]['payload'], Api[Name]['result']> {
  type Result = Api[Name]['result']
  const { client } = useLogtoContext('useInteraction')
  if (!name) throw new TypeError('useInteraction needs a name')
  const [status, setStatus] = useState<CallStatus<Result>>(IDLE)
  const latest = useRef<AbortController>(undefined)
  useEffect(() => () => latest.current?.abort(), [])

  const call = useCallback(
    async (payload?: Api[Name]['payload'], options?: InteractOptions): Promise<Result> => {
      const own = new AbortController()
      latest.current = own
      const update = (next: CallStatus<Result>) => {
        if (latest.current === own && !own.signal.aborted) setStatus(next)
      }
      setStatus((previous) => ({ ...previous, isPending: true }))
      try {
        const signal = AbortSignal.any([options?.signal ?? own.signal, own.signal])
        const data: Result = await client.interact(name, payload, { ...options, signal })
        update({ ...IDLE, data })
        return data
      } catch (error) {
        update({ ...IDLE, error })
        throw error
      }
    },
    [client, name],
  )
  return { ...status, call }
}
