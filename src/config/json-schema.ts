import { z } from 'zod'
import { configSchema } from './schema.ts'

/** JSON schema (draft 2020-12) of the configuration file, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  return {
    title: 'Tidegate configuration',
    ...z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }),
  }
}
