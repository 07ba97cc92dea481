import type { ScenarioNode, ScenarioPart } from './types.ts'

/** Ids of a node's parts in their order: NODE/NAME, the name being the kind and its number unless given. */
export function partIds(node: ScenarioNode): string[] {
  const counts = new Map<string, number>()
  return node.parts.map((part) => {
    const number = counts.get(part.part) ?? 0
    counts.set(part.part, number + 1)
    return `${node.id}/${part.name ?? `${part.part}-${number}`}`
  })
}

/** Field of the world in which a reader's antenna reads. */
export function fieldOf(node: string, part: Extract<ScenarioPart, { part: 'r200' }>): string {
  return part.field ?? `${node}.reader${part.reader}.antenna${part.antenna ?? 1}`
}
