import { z } from 'zod'
import type { LogtoConnection } from '../logto-connection.js'
import type { Hook } from '../logto-schemas.js'

/** What became of a test delivery. */
export interface TestAnswer {
  isAccepted: boolean
  /** Status of the API's answer; undefined when there was none. */
  status?: number | undefined
  /** Code of the API's answer, where it is one of this package. */
  code?: string | undefined
  /** Why Logto says that it failed. */
  logtoCode?: string | undefined
}

/** recordings/setup/12b-hook-test-endpoint-500.json. `responseBody` is text. */
const TestRefusal = z.object({
  code: z.string(),
  data: z
    .looseObject({ responseStatus: z.number().optional(), responseBody: z.string().optional() })
    .optional(),
})

const ApiRefusal = z.object({ error: z.object({ code: z.string().regex(/^\w{1,50}$/) }) })

/** Lets Logto send a test delivery, which the webhook handler of the API recognises by its signed body. @throws CliError */
export async function sendTestDelivery(logto: LogtoConnection, { id, config }: Hook): Promise<TestAnswer> {
  const { status, body } = await logto.post(`/hooks/${encodeURIComponent(id)}/test`, {
    events: ['User.Data.Updated'],
    config,
  })
  if (status >= 200 && status < 300) return { isAccepted: true }
  const refusal = TestRefusal.safeParse(body)
  if (!refusal.success) return { isAccepted: false }
  const { code: logtoCode, data } = refusal.data
  return {
    isAccepted: false,
    logtoCode,
    status: data?.responseStatus,
    code: codeOf(data?.responseBody),
  }
}

function codeOf(body = ''): string | undefined {
  try {
    return ApiRefusal.safeParse(JSON.parse(body)).data?.error.code
  } catch {
    return undefined
  }
}
