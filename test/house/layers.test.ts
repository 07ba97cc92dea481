import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const FOLDERS = ['protocol', 'firmware', 'gateway', 'hardware-sim', 'demo'] as const
type Layer = (typeof FOLDERS)[number] | 'toolchain' | 'cli'

interface Edge {
  from: string
  to: string
  fromLayer: Layer
  toLayer: Layer
  typeOnly: boolean
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return filesBelow(path)
    return /\.tsx?$/.test(entry.name) && !/\.test\.ts$/.test(entry.name) && !path.includes('/testing/')
      ? [path]
      : []
  })
}

function layerOf(path: string): Layer {
  if (path.startsWith('firmware/toolchain/')) return 'toolchain'
  if (path === 'gateway/cli.ts' || path.startsWith('gateway/cli/')) return 'cli'
  return path.split('/')[0] as Layer
}

/** Imports and re-exports, static and dynamic. Read from the text: bundlers drop type imports. */
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^'"()]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s+['"]([^'"]+)['"]/g

function edgesOf(path: string): Edge[] {
  const text = readFileSync(join(ROOT, path), 'utf8')
  return [...text.matchAll(IMPORT)].flatMap((match) => {
    const target = match[2] ?? match[3] ?? match[4] ?? ''
    const to = target.startsWith('#')
      ? target.slice(1)
      : target.startsWith('.')
        ? relative(ROOT, resolve(ROOT, dirname(path), target))
        : undefined
    if (to === undefined || !FOLDERS.some((folder) => to.startsWith(`${folder}/`))) return []
    return [
      { from: path, to, fromLayer: layerOf(path), toLayer: layerOf(to), typeOnly: match[1] !== undefined },
    ]
  })
}

const ALLOWED: Record<Layer, readonly Layer[]> = {
  protocol: ['protocol'],
  firmware: ['firmware', 'protocol'],
  toolchain: ['toolchain', 'firmware', 'protocol'],
  gateway: ['gateway', 'protocol'],
  'hardware-sim': ['hardware-sim', 'protocol'],
  demo: ['demo', 'gateway', 'hardware-sim', 'toolchain', 'firmware', 'protocol'],
  cli: ['cli', 'demo', 'gateway', 'hardware-sim', 'toolchain', 'firmware', 'protocol'],
}

describe('the import rules of the house', () => {
  const edges = FOLDERS.flatMap(filesBelow).flatMap(edgesOf)

  it('sees the edges at all', () => {
    expect(edges.length).toBeGreaterThan(150)
    for (const layer of FOLDERS) {
      expect(edges.filter((edge) => edge.fromLayer === layer).length, layer).toBeGreaterThan(5)
    }
    expect(edges.some((edge) => edge.fromLayer === 'firmware' && edge.toLayer === 'protocol')).toBe(true)
    expect(edges.some((edge) => edge.fromLayer === 'gateway' && edge.toLayer === 'protocol')).toBe(true)
  })

  it('are kept', () => {
    const broken = edges.filter((edge) => {
      if (ALLOWED[edge.fromLayer].includes(edge.toLayer)) return false
      const deviceTypes =
        edge.fromLayer === 'hardware-sim' && edge.to === 'firmware/device-api.ts' && edge.typeOnly
      // What starts the gateway process is the composition root; nothing of it is used by the layers.
      return !deviceTypes
    })
    expect(broken.map((edge) => `${edge.from} → ${edge.to}`)).toEqual([])
  })

  it('have no cycle between folders of the gateway and its composition root', () => {
    const back = edges.filter(
      (edge) => edge.fromLayer === 'gateway' && edge.to === 'gateway/main.ts' && !edge.typeOnly,
    )
    expect(back.map((edge) => edge.from)).toEqual([])
  })
})
