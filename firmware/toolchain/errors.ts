/** Every coded error of the firmware toolchain: what it means and what to do. */
export const TOOLCHAIN_ERRORS = {
  BOARD_UNKNOWN: {
    means: 'The named board has no table in firmware/boards/.',
    action: 'Use one of the names that `waypost firmware boards` prints.',
  },
  BUNDLE_FAILED: {
    means: 'esbuild could not bundle the firmware: a syntax that the board lacks, a missing file or import.',
    action: 'Mend the source at the place named; firmware is written in the dialect of docs/ERRORS.md.',
  },
  BUNDLE_NOT_DIALECT: {
    means: 'The finished bundle holds code that the Espruino interpreter refuses or runs differently.',
    action: 'Mend the source behind each finding; `waypost firmware check FILE` repeats the list.',
  },
  BUNDLE_OVER_BUDGET: {
    means: "The finished bundle is larger than the board's Storage; it can be simulated but not flashed.",
    action: 'Make the firmware smaller or leave a driver out of the board table.',
  },
  CLASS_NAME_NOT_REMOVABLE: {
    means: 'A class expression uses its own inner name and is not the value of a variable.',
    action: 'Give the class a declaration or a variable of its own and use that name.',
  },
  FILE_UNREADABLE: {
    means: 'The file to check is not there, is not readable or is too large.',
    action: 'Name a readable JavaScript file of at most one megabyte.',
  },
  INTERPRETER_MISSING: {
    means: 'No Linux build of the Espruino interpreter was found.',
    action:
      'Build it from https://github.com/espruino/Espruino with `make BOARD=LINUX RELEASE=1` and put it on the PATH as espruino-linux, or name it in WAYPOST_ESPRUINO.',
  },
  INTERPRETER_FAILED: {
    means: 'The Espruino interpreter did not start, ended early or gave no usable answer.',
    action: 'Read the output printed with the error; the first `Uncaught` line names the place.',
  },
} as const

export type ToolchainErrorCode = keyof typeof TOOLCHAIN_ERRORS
