import type { ErrorEntry } from '#protocol/coded-error.ts'

/**
 * Why a configuration cannot run on a board (judged on the host before anything is flashed), and what a
 * board says on its link when it does not start. Never bundled.
 */
export const BOARD_ERRORS = {
  BOARD_LINK_IMPOSSIBLE: {
    means: 'The board has no such link to a gateway.',
    action: 'Use a link of `waypost firmware boards`, or another board.',
  },
  BOARD_UART_CONFLICT: {
    means: 'Two devices want one UART, or the link leaves none for a reader.',
    action: 'Leave a reader out, or use a board or link that has a UART left.',
  },
  BOARD_PIN_UNKNOWN: {
    means: 'The board has no such pin, or not for free use.',
    action: 'Use one of the free pins of the board’s table in firmware/boards/.',
  },
  BOARD_PIN_CONFLICT: {
    means: 'Two devices want one pin.',
    action: 'Move one of them to a free pin.',
  },
  BOARD_PIN_UNFIT: {
    means: 'The pin cannot do what is asked of it.',
    action: 'Use a pin that can, see the board’s table in firmware/boards/.',
  },
  BOARD_WATCH_CONFLICT: {
    means: 'Two watched pins share one interrupt line of the chip.',
    action: 'Move one of them to a pin with another number.',
  },
  BOARD_SENSOR_CONFLICT: {
    means: 'Two sensors or readers have one number, address or place on a bus.',
    action: 'Give each its own number, address or ROM.',
  },
  BOARD_POLL_IMPOSSIBLE: {
    means: 'A reader would be polled faster than it or the board can.',
    action: 'Raise pollMilliseconds.',
  },
  BOARD_AREA_OVERLAP: {
    means: 'A flash area of the board’s table overlaps another.',
    action: 'Report this: the table in firmware/boards/ is wrong.',
  },
  BOARD_CRYPTO_MISSING: {
    means: 'Said by a board: its interpreter has no SHA-256 or AES, or they failed the self-test.',
    action: 'Flash an official build of the interpreter for this board, or use another board.',
  },
  BOARD_WRONG: {
    means: 'Said by a board: the bundle was built for another board.',
    action: 'Build and flash the bundle of this board.',
  },
  NODE_CONFIG_MISSING: {
    means: 'Said by a board: there is no wp.cfg in its Storage. Its console stays open.',
    action: 'Write the node’s configuration to Storage as wp.cfg.',
  },
  NODE_CONFIG_INVALID: {
    means: 'A node’s configuration has no usable node id, key, key epoch or link.',
    action: 'Mend the field named, and flash the configuration again.',
  },
  NODE_LINK_IMPOSSIBLE: {
    means: 'Said by a board: it has no link of the configured kind.',
    action: 'Use a link of `waypost firmware boards`, or another board.',
  },
} as const satisfies Record<string, ErrorEntry>
