import type { ErrorEntry } from '#protocol/coded-error.ts'

/** Codes of the hardware simulator. Throw only what is listed here; docs/ERRORS.md is generated from it. */
export const SIM_ERRORS = {
  SIM_TIME_INVALID: {
    means: 'An event was scheduled in the past, or at a time that is not a whole number of microseconds.',
    action: 'This is a fault in a part or a bridge: schedule at or after nowMicroseconds().',
  },
  SIM_TIMERS_FULL: {
    means: 'More than 2 097 152 events are pending in the virtual clock.',
    action: 'Look for a part or a program that starts timers without end.',
  },
  SIM_LINK_STUCK: {
    means:
      'Bytes, commits or requests stayed outstanding past the real-time limit while virtual time stood still.',
    action: 'Look at what the message says is outstanding; raise the limit only for a slow machine.',
  },
  SIM_EVENT_LOOP: {
    means: 'More than 1 000 000 events ran at one instant of virtual time.',
    action: 'Look for a part or a program that re-arms a timer of zero length without end.',
  },
  SIM_RUN_INVALID: {
    means: 'The run was asked for a speed or an end that cannot be.',
    action: 'Give speed "max" or a number above 0, and an end that is not in the past.',
  },
  SIM_CHANNEL_UNKNOWN: {
    means: 'A part or a scenario names a channel of the world that nobody declared.',
    action: 'Declare the channel under world.channels, or correct its name.',
  },
  SIM_CHANNEL_INVALID: {
    means: 'A channel has no points, points out of order, or values that are not numbers.',
    action: 'Correct the channel; the message says which and where.',
  },
  SIM_CSV_INVALID: {
    means:
      'A CSV series cannot be read: a missing column, a time or a value that is not one, or times out of order.',
    action: 'Correct the file at the line that the message names.',
  },
  SIM_TAG_INVALID: {
    means:
      'A tag has an EPC that is not whole 16-bit words of hex up to 62 bytes, or a visit that ends before it begins.',
    action: 'Correct the tag; the message says which.',
  },
  SIM_DOOR_UNKNOWN: {
    means: 'A part or a scenario names a door that nobody declared.',
    action: 'Declare the door under world.doors, or correct its name.',
  },
  SIM_WORLD_INVALID: {
    means:
      'A name was declared twice, a list is over its maximum, or a door changes in the past or out of order.',
    action: 'Correct the world of the scenario; the message says what and where.',
  },
  SIM_FAULT_UNKNOWN: {
    means: 'A fault was asked of a part that cannot show it.',
    action: 'Use one of the names that the message lists.',
  },
  SIM_PART_INVALID: {
    means: 'A part was built with an address, a serial number or a parameter that the real one cannot have.',
    action: 'Correct the parameter that the message names.',
  },
  SIM_BUS_CONFLICT: {
    means: 'Two parts claim one address or one end of a line, or a bus holds more parts than its maximum.',
    action: 'Give each part its own address or line.',
  },
  SIM_BUS_INVALID: {
    means:
      'A bus was asked for something it cannot do: a bit rate, an address, a length or a ROM out of its range.',
    action: 'Correct the call; the message says what was asked.',
  },
  SIM_UART_QUEUE_FULL: {
    means: 'More than 65 536 bytes wait to be sent on one simulated UART.',
    action: 'Write less at once, or wait until pendingBytes has fallen.',
  },
  // --- runners, boards, links, scenarios (worker S2) ---
  SIM_BOARD_UNKNOWN: {
    means: 'A scenario names a board that the simulator does not have.',
    action: 'Use one of the boards that the message lists.',
  },
  SIM_BUNDLE_UNUSABLE: {
    means: 'The firmware bundle does not parse, or none was given for a board of the scenario.',
    action: 'Build it with `waypost firmware build` and read its check.',
  },
  SIM_SCENARIO_UNREADABLE: {
    means: 'The scenario file does not exist, cannot be read, or is larger than 1 MiB.',
    action: 'Check the path; `waypost sim list` names the scenarios that ship.',
  },
  SIM_SCENARIO_YAML: {
    means: 'The scenario is not valid YAML.',
    action: 'Mend the line and column that the message names.',
  },
  SIM_SCENARIO_UNKNOWN_KEY: {
    means: 'The scenario has a key that is not in scenario.schema.json, often a typing error.',
    action: 'Remove or correct the key.',
  },
  SIM_SCENARIO_INVALID: {
    means:
      'A value of the scenario is missing, of the wrong type, out of range, or names something undeclared.',
    action: 'Correct the value at the path and line that the message names.',
  },
  SIM_CSV_UNREADABLE: {
    means: 'A CSV file given with --csv-channel does not exist, cannot be read, or is larger than 64 MiB.',
    action: 'Check the path after NAME= and that the file can be read.',
  },
  SIM_LINK_INVALID: {
    means: 'A link of the simulation was used in a way it cannot be: opened twice, or after its end.',
    action: 'Give each node its own serial path and open it once.',
  },
} as const satisfies Record<string, ErrorEntry>

export type SimErrorCode = keyof typeof SIM_ERRORS
