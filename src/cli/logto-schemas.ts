import { z } from 'zod'

/** The fields of Logto's rows that the commands read. Source: recordings/setup. */
export const Application = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  oidcClientMetadata: z.object({
    redirectUris: z.array(z.string()),
    postLogoutRedirectUris: z.array(z.string()),
    backchannelLogoutUri: z.string().optional(),
    backchannelLogoutSessionRequired: z.boolean().optional(),
  }),
  customClientMetadata: z.looseObject({ corsAllowedOrigins: z.array(z.string()).optional() }),
})
export type Application = z.infer<typeof Application>

/** recordings/setup/03b-get-m2m-secrets.json. `expiresAt` is milliseconds since the epoch. */
export const Secret = z.object({ name: z.string(), value: z.string(), expiresAt: z.number().nullish() })
export type Secret = z.infer<typeof Secret>

/** recordings/setup/04-list-m2m-roles.json */
export const Role = z.object({ id: z.string(), name: z.string() })
export type Role = z.infer<typeof Role>

/** recordings/setup/06f-list-resources.json */
export const Resource = z.object({
  id: z.string(),
  name: z.string(),
  indicator: z.string(),
  scopes: z.array(z.object({ name: z.string() })).default([]),
})
export type Resource = z.infer<typeof Resource>

/** recordings/setup/lookup-hooks-list.json */
export const Hook = z.object({
  id: z.string(),
  name: z.string(),
  events: z.array(z.string()),
  config: z.looseObject({ url: z.string() }),
  signingKey: z.string(),
  enabled: z.boolean(),
})
export type Hook = z.infer<typeof Hook>

/** A row of `GET /api/hooks/:id/recent-logs`. `createdAt` is milliseconds since the epoch. */
export const Delivery = z.object({
  createdAt: z.number(),
  payload: z.object({ result: z.string().optional() }),
})

/** Any JSON object, for answers of which only the status matters. */
export const Anything = z.unknown()
