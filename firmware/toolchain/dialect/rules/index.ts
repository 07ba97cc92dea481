import type { Rule } from '../finding.ts'
import { arrays } from './arrays.ts'
import { builtins } from './builtins.ts'
import { captures } from './captures.ts'
import { classes } from './classes.ts'
import { numbers } from './numbers.ts'
import { objects } from './objects.ts'
import { order } from './order.ts'
import { statements } from './statements.ts'
import { syntax } from './syntax.ts'
import { text } from './text.ts'

/** Every group of rules. A new group is one file and one line here. */
export const RULES: readonly Rule[] = [
  syntax,
  text,
  classes,
  captures,
  order,
  builtins,
  numbers,
  arrays,
  objects,
  statements,
]
