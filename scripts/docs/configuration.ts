import { configJsonSchema } from '../../src/config/json-schema.ts'

interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly additionalProperties?: boolean | Schema
  readonly oneOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly const?: string
  readonly default?: unknown
  readonly description?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly 'x-allowed'?: string
}

interface Row {
  readonly key: string
  readonly allowed: string
  readonly standard: string
  readonly meaning: string
}

const INTRO = `# Configuration

One YAML file, keys in snake_case; an unknown key or a value out of bounds is an error that names file and line, key,
value and what is allowed. \`tidegate config check --config FILE\` checks one, \`config print\` shows it with
environment and defaults applied, \`config schema\` prints the JSON schema for editors.

- **Environment.** \`TIDEGATE_A__B_C\` sets \`a.b_c\`; a number is a place in a list (\`TIDEGATE_STRATEGIES__0__ID\`),
  values are read as YAML. Names of their own: \`EXEC_DRY_RUN\`, \`AGENT_MODE\`, \`KILL_SWITCH\`, \`EXECUTION_HALTED\`,
  \`EXECUTION_HALTED_FILE\` (\`kill.halted_file\`), \`EXEC_SHUTDOWN_DRAIN_TIMEOUT_S\` (\`shutdown.drain_seconds\`),
  \`STRATEGY_CB_VOL_RATIO_THRESHOLD\`, \`STRATEGY_CB_VOL_RECENT_N\`, \`STRATEGY_CB_VOL_BASELINE_N\` and
  \`EXEC_CB_MAX_CONSECUTIVE_LOSSES\` (\`breakers\`). \`TIDEGATE_NATIVE=0\` turns the native module off.
- **Mode.** The most restrictive of \`mode\` and \`EXEC_DRY_RUN\` wins; \`live\` without \`AGENT_MODE=LIVE\` stands halted.
- **Secrets** are \`{env: NAME}\` or \`{file: PATH}\`, never the value itself, and never printed.
- **Paths** hold from the current folder where the file exists there, else from the folder of the configuration;
  \`state_dir\` from the current folder.
- **Numbers** of money, price and quantity are exact decimals: write them in quotes.
`

/** docs/reference/configuration.md from the schema: one table a section. */
export function configurationPage(): string {
  const schema = configJsonSchema() as Schema
  const tables = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => section(key, value))
  const plain = rowsOf('', { ...schema, properties: scalars(schema) })
  return [INTRO, '## Top level', '', table(plain), ...tables].join('\n')
}

const isScalar = (schema: Schema): boolean =>
  schema.properties === undefined && schema.items?.properties === undefined && !isMap(schema)

const isMap = (schema: Schema): boolean =>
  typeof schema.additionalProperties === 'object' && schema.additionalProperties.oneOf !== undefined

function scalars(schema: Schema): Record<string, Schema> {
  return Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([, value]) => isScalar(value)))
}

function section(key: string, schema: Schema): string[] {
  if (isScalar(schema)) return []
  const title = [`## \`${key}\``, '', ...(schema.description === undefined ? [] : [schema.description, ''])]
  if (isMap(schema)) {
    const kinds = (schema.additionalProperties as Schema).oneOf ?? []
    return kinds.flatMap((kind, index) => {
      const name = kind.properties?.['kind']?.const ?? ''
      return [...(index === 0 ? title : []), `### kind: ${name}`, '', table(rowsOf(`${key}.ID`, kind))]
    })
  }
  const rows = schema.items === undefined ? rowsOf(key, schema) : rowsOf(`${key}[]`, schema.items)
  return [...title, table(rows)]
}

function rowsOf(prefix: string, schema: Schema): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const key = prefix === '' ? name : `${prefix}.${name}`
    const required = schema.required?.includes(name) === true
    const own: Row = {
      key,
      allowed: allowedText(value),
      standard: required ? 'required' : defaultText(value),
      meaning: value.description ?? '',
    }
    return [own, ...rowsOf(key, value)]
  })
}

function allowedText(schema: Schema): string {
  if (schema['x-allowed'] !== undefined)
    return schema['x-allowed'].replace('a decimal number in quotes', 'decimal')
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ')
  if (schema.anyOf !== undefined) return schema.anyOf.map(allowedText).join(' or ')
  if (schema.items !== undefined) return `list of ${allowedText(schema.items)}`
  if (schema.type === 'object') return 'mapping'
  const type = String(schema.type)
  if (type !== 'integer' && type !== 'number') return type
  return schema.minimum === undefined ? type : `${type} from ${schema.minimum} to ${schema.maximum}`
}

function defaultText(schema: Schema): string {
  if (schema.default === undefined) return ''
  if (schema.properties !== undefined) return ''
  return `\`${JSON.stringify(schema.default)}\``
}

function table(rows: readonly Row[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|')
  return [
    '| key | allowed | default | meaning |',
    '|---|---|---|---|',
    ...rows.map(
      (row) => `| \`${row.key}\` | ${cell(row.allowed)} | ${cell(row.standard)} | ${cell(row.meaning)} |`,
    ),
    '',
  ].join('\n')
}
