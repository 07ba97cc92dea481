import type { Rule } from '../finding.ts'
import { isFunction, isInside } from '../nodes.ts'
import { activationOf } from '../tree.ts'

/**
 * A closure over a variable of a loop's head: on the board the whole loop has one such variable, so every
 * closure sees its last value. Variables declared in the body are fresh each turn and are fine.
 */
export const captures: Rule = (tree, report) => {
  for (const scope of tree.scopes.all) {
    const loop = scope.node
    if (loop.type !== 'ForStatement' && loop.type !== 'ForInStatement' && loop.type !== 'ForOfStatement')
      continue
    const around = activationOf(tree, loop)
    for (const binding of scope.bindings.values()) {
      const captured = binding.references.find(
        (use) => isInside(use, loop) && activationOf(tree, use) !== around && !runsAtOnce(use),
      )
      if (captured)
        report(
          captured,
          'loop-variable-capture',
          `${binding.name} is one variable for the whole loop; copy it to a const of the body`,
        )
    }
  }

  /** A function expression called where it stands has ended before the next turn. */
  function runsAtOnce(use: Parameters<typeof activationOf>[1]): boolean {
    const callback = activationOf(tree, use)
    const call = tree.parentOf.get(callback)
    return isFunction(callback) && call?.type === 'CallExpression' && call.callee === callback
  }
}
