/** `npm run docs:errors`: writes docs/ERRORS.md from the tables of codes. */
import { writeFileSync } from 'node:fs'
import { errorsMarkdown } from './error-tables.ts'

writeFileSync('docs/ERRORS.md', errorsMarkdown())
