import { writeGeneratedDocuments } from '../generate.ts'

writeGeneratedDocuments(process.cwd())
process.stdout.write('protocol:generate: spec/protocol.cddl, spec/PROTOCOL.md, spec/vectors.json\n')
