// npm leaves optional platform packages that the registry does not serve out of the lock file and
// then refuses its own lock in `npm ci` ("Missing: … from lock file"). This adds an entry for each;
// with --check it only says what is missing, and ends 1 if anything is.
import { readFileSync, writeFileSync } from 'node:fs'

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const packages = lock.packages
const added = []
for (const [path, entry] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${path}/node_modules/${name}`
    const top = `node_modules/${name}`
    if (packages[nested] || packages[top]) continue
    const platform =
      /(?:^|-|\/)(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)(?:-|$)/.exec(name)
    packages[top] = { version: version.replace(/^[\^~]/, ''), optional: true }
    const cpu = /(?:^|-|\/)(arm64|x64|ia32|arm|ppc64|riscv64|s390x|loong64)(?:-|$)/.exec(name)
    packages[top].os = [platform ? platform[1] : 'none']
    if (cpu) packages[top].cpu = [cpu[1]]
    if (/musl/.test(name)) packages[top].libc = ['musl']
    added.push(name)
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
const check = process.argv.includes('--check')
if (added.length > 0 && !check) writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(
  `lock:complete: ${added.length} entries ${check ? 'missing' : 'added'}${added.length > 0 ? `: ${added.join(', ')}` : ''}\n`,
)
if (check && added.length > 0) process.exitCode = 1
