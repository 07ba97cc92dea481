import type { ErrorEntry } from '#protocol/coded-error.ts'

/** Codes of demo/: the packaged run and the stand-ins for the national networks. */
export const DEMO_ERRORS = {
  DEMO_SCENARIO_FAILED: {
    means: 'The packaged scenario ended, but something that it must show did not reach the far end.',
    action: 'Read the lines above it; run the command again with --json and keep its output for a report.',
  },
  STAND_IN_FILE: {
    means: 'The file in which a stand-in keeps what it received cannot be read or written.',
    action: 'Name a file in a folder that exists and can be written, or remove the damaged file.',
  },
  CAP_XML: {
    means: 'The alert is not well-formed XML within the limits, or it carries a document type declaration.',
    action: 'Send one CAP 1.2 document without DOCTYPE, at most 256 KiB, encoded in UTF-8.',
  },
  // --- sim run (worker S2) ---
  SIM_ARGUMENT: {
    means: 'An argument of `waypost sim run` cannot be used.',
    action: 'Give it in the form that the message shows; `waypost sim run --help` lists all.',
  },
  SIM_OUTPUT: {
    means: 'A file that `waypost sim run` should write (JUnit, transaction log) cannot be made.',
    action: 'Name a file in a folder that exists and can be written.',
  },
} as const satisfies Record<string, ErrorEntry>
