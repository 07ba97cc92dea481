import table from './builtins.json' with { type: 'json' }

/** Names that the interpreter has and names that V8 has but the interpreter lacks. */
export interface NameTable {
  present: string[]
  missing: string[]
}

export interface Builtins {
  /** `process.env.VERSION` of the interpreter that was asked. */
  version: string
  globals: NameTable
  statics: Record<string, NameTable>
  prototypes: Record<string, NameTable>
}

/** Asked of the real interpreter by ask-builtins.ts; `npm run test:espruino` asks again and compares. */
export const BUILTINS: Builtins = table
