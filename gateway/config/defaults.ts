/** A value that the file leaves open. */
export interface UnsetValue {
  /** For example `checkpoints[0].dwell.groupMilliseconds`. */
  path: string
  /** What it then is; undefined when the part is then simply not there. */
  value: unknown
  description: string | undefined
}

interface SchemaNode {
  type?: string
  properties?: Record<string, SchemaNode>
  items?: SchemaNode
  required?: string[]
  default?: unknown
  description?: string
}

function walk(schema: SchemaNode, value: unknown, path: string, out: UnsetValue[]): void {
  if (schema.items && Array.isArray(value)) {
    for (const [index, item] of value.entries()) walk(schema.items, item, `${path}[${index}]`, out)
    return
  }
  if (!schema.properties || typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(schema.properties)) {
    const here = path === '' ? key : `${path}.${key}`
    const given = (value as Record<string, unknown>)[key]
    if (given !== undefined) walk(inner, given, here, out)
    else if (inner.properties && inner.default !== undefined) walk(inner, inner.default, here, out)
    else if (!schema.required?.includes(key)) {
      out.push({ path: here, value: inner.default, description: inner.description })
    }
  }
}

/** Every optional value that is not written, with its default, in the order of the schema. */
export function listDefaults(schema: object, value: unknown): UnsetValue[] {
  const out: UnsetValue[] = []
  walk(schema as SchemaNode, value, '', out)
  return out
}
