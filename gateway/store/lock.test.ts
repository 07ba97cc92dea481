import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { until } from '#test/support/until.ts'
import { lockStore } from './lock.ts'

describe('the lock of a store', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'waypost-lock-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('keeps a second one off until the first is closed', () => {
    const free = lockStore(join(folder, 'store'))
    expect(() => lockStore(join(folder, 'store'))).toThrow(
      expect.objectContaining({ code: 'STORE_IN_USE', where: join(folder, 'store') }),
    )
    free()
    expect(readdirSync(join(folder, 'store'))).toEqual([])
    lockStore(join(folder, 'store'))()
  })

  it('is taken over from a process that is gone, and from another with the same number', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    await once(child, 'exit')
    for (const holder of [`${child.pid} 1 boot`, `${process.ppid} 1 an-earlier-boot`, '', 'nonsense']) {
      writeFileSync(join(folder, 'gateway.lock'), holder)
      const free = lockStore(folder)
      expect(readFileSync(join(folder, 'gateway.lock'), 'utf8')).toMatch(new RegExp(`^${process.pid}\\b`))
      free()
      expect(existsSync(join(folder, 'gateway.lock'))).toBe(false)
    }
  })

  it('is taken over from a killed process that its parent has not reaped', async () => {
    // A shell that never waits for its child: the child stays a zombie as long as the shell runs.
    const shell = spawn('sh', ['-c', 'true & echo $!; exec sleep 30'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    try {
      const [text] = (await once(shell.stdout, 'data')) as [Buffer]
      const pid = Number(text.toString())
      const stat = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      await until(() => stat()[0] === 'Z', 'the child to be a zombie')
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
      writeFileSync(join(folder, 'gateway.lock'), `${pid} ${stat()[19]} ${boot}`)
      lockStore(folder)()
    } finally {
      shell.kill('SIGKILL')
    }
  })

  it('is a coded error where the folder cannot be made', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(() => lockStore(join(folder, 'file', 'store'))).toThrow(
      expect.objectContaining({ code: 'STORE_OPEN_FAILED' }),
    )
  })
})
