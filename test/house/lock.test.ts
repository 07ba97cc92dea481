import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

describe('the package and its lock', () => {
  const manifest = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'))
  const lock = JSON.parse(readFileSync(`${ROOT}/package-lock.json`, 'utf8'))

  it('names every optional platform package, so that npm ci takes it (else: npm run lock:complete)', () => {
    const result = spawnSync(process.execPath, ['scripts/lock-complete.mjs', '--check'], { cwd: ROOT })
    expect(result.stdout.toString()).toBe('lock:complete: 0 entries missing\n')
    expect(result.status).toBe(0)
  })

  it('pins exact versions that the lock has', () => {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/)
      expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version)
    }
  })

  it('runs no install script of a dependency', () => {
    for (const [path, entry] of Object.entries<{ hasInstallScript?: boolean }>(lock.packages)) {
      if (!entry.hasInstallScript || path === '') continue
      expect(manifest.allowScripts[path.replace(/^.*node_modules\//, '')], path).toBe(false)
    }
  })
})
