import type { ErrorEntry } from '#protocol/coded-error.ts'

/**
 * Every code of the gateway: what it means and what to do. docs/ERRORS.md is made from this table and a
 * test compares both ways. Each part appends to its own block.
 */
export const GATEWAY_ERRORS = {
  // --- config (gateway/config) ---
  CONFIG_UNREADABLE: {
    means: 'The configuration file does not exist or cannot be read.',
    action: 'Give the right path with --config and check the permissions of the file.',
  },
  CONFIG_YAML: {
    means: 'The configuration file is not valid YAML.',
    action: 'Mend the line that the message names.',
  },
  CONFIG_UNKNOWN_KEY: {
    means: 'The configuration has a key that the gateway does not know, often a typing error.',
    action: 'Remove or correct the key; `waypost config check FILE` lists what there is.',
  },
  CONFIG_INVALID: {
    means: 'A value of the configuration is missing, of the wrong type or out of its range.',
    action: 'Correct the value at the path and line that the message names.',
  },
  KEYS_FILE_UNREADABLE: {
    means: 'The key file that the configuration names does not exist or cannot be read.',
    action:
      'Check keys.file and that the gateway may read it; a new file is {"NODE": {"key": "32 hex digits"}} with mode 600, each key from openssl rand -hex 16.',
  },
  KEYS_FILE_INVALID: {
    means: 'The key file is not JSON or an entry is not {key: 32 hex digits, keyEpoch, suite, board}.',
    action: 'Correct the entry of the node that the message names.',
  },
  KEYS_FILE_READABLE: {
    means: 'Others on this machine can read the key file. The gateway goes on.',
    action: 'Run chmod 600 on the key file.',
  },
  NODE_WITHOUT_KEY: {
    means: 'A checkpoint names a node that the key file does not have. The gateway goes on without it.',
    action: 'Add the node to the key file, or correct its name in the configuration.',
  },
  // --- links (gateway/links) ---
  SERIAL_OPEN_FAILED: {
    means: 'A serial port could not be opened; the gateway tries again, the other links go on.',
    action: 'Check the path, the cable and that the gateway is in the group of the port.',
  },
  SERIAL_CLOSED: {
    means: 'A serial port went away (unplugged, or its other end closed); the gateway opens it again.',
    action: 'Plug the device in again; name it by /dev/serial/by-id so that it keeps its name.',
  },
  SERIAL_BACKLOG: {
    means: 'A serial port does not take what is sent; frames down were dropped and will be sent anew.',
    action: 'Check that the device reads its port, and the flow of the line.',
  },
  MQTT_LISTEN_FAILED: {
    means: 'The embedded MQTT broker could not listen on its host and port.',
    action: 'Choose a free port in links.mqtt, or stop what uses it.',
  },
  MQTT_PLAINTEXT: {
    means: 'The MQTT listener would be reachable beyond this machine without TLS.',
    action:
      'Keep host 127.0.0.1, or set links.mqtt.plaintextLan: true knowing that the LAN can see the traffic.',
  },
  MQTT_PACKET_TOO_LONG: {
    means: 'A client announced an MQTT packet longer than the limit; the connection was closed.',
    action: 'Find the client by its address; a Waypost node never sends such packets.',
  },
  MQTT_PROTOCOL: {
    means: 'A client broke the MQTT protocol or its connection failed; it was closed.',
    action: 'Nothing, if it was a lost connection; else check the client (MQTT 3.1.1 is spoken).',
  },
  MQTT_AUTH_REFUSED: {
    means: 'A client gave a wrong user, password or client id.',
    action: 'Flash the node with the key of the key file; user and client id are the node id.',
  },
  MQTT_TOPIC_REFUSED: {
    means: 'A client used a topic, a QoS or a filter that is not its own.',
    action: 'A node may publish waypost/1/NODE/up and subscribe waypost/1/NODE/down only.',
  },
  MQTT_BATCH_MALFORMED: {
    means: 'A publish is not a sequence of frames with two-byte lengths.',
    action: 'Check the firmware of the node; the frames before the fault were taken.',
  },
  MQTT_CONNECTIONS: {
    means: 'More MQTT connections than the limit; new ones are refused.',
    action: 'Find what connects so often; the limit is 10,000.',
  },
  // --- sessions (gateway/sessions) ---
  HELLO_UNKNOWN_NODE: {
    means: 'A node that is not in the key file said hello.',
    action: 'Add the node to the key file, or find out where it comes from.',
  },
  HELLO_WRONG_LINK: {
    means: 'A hello names another node than the MQTT client that sent it.',
    action: 'Treat the client as hostile or wrongly flashed.',
  },
  HELLO_MAC: {
    means: 'A hello does not verify: the node has another key, or someone pretends to be it.',
    action: 'Flash the node with the key of the key file; if it was right, look for an intruder.',
  },
  HELLO_TOO_FAST: {
    means: 'More than one hello a second of one node on one link; the surplus is ignored.',
    action: 'Nothing, if rare; else look for a node that restarts without end.',
  },
  HELLO_KEY_EPOCH: {
    means: 'A hello uses another key epoch than the key file.',
    action: 'Bring the key file and the node to the same epoch.',
  },
  SESSION_UNKNOWN: {
    means: 'A sealed frame of a session that the gateway does not have (restart, expiry, another gateway).',
    action: 'Nothing: the node is asked to say hello again.',
  },
  SESSION_EXPIRED: {
    means: 'A session reached 24 hours or 2^20 frames.',
    action: 'Nothing: the node is asked to say hello again.',
  },
  FRAME_REPLAYED: {
    means: 'A frame counter was seen before or is older than the window of 64.',
    action: 'Nothing, if rare (a link may repeat); a flood is an attack.',
  },
  FRAME_RATE: {
    means: 'More than ten frames a second did not open on one link; the rest of the second is ignored.',
    action: 'Find the sender; records are not lost, their node sends them again.',
  },
  SECURITY_FAILED_OPENS: {
    means: 'Five or more frames within a minute did not open on one link.',
    action: 'Treat as an attack or a wrong key until known better.',
  },
  KEY_BUDGET: {
    means: 'So many frames failed to open under one key epoch (2^20) that the key must be changed.',
    action: 'Give the node a new key with the next epoch.',
  },
  // --- intake (gateway/intake) ---
  INTAKE_BUSY: {
    means: 'More frames wait for the disk than the limit; further ones are not taken and not acknowledged.',
    action: 'Look at the disk; the nodes keep their records and send again.',
  },
  RECORD_UNKNOWN: {
    means:
      'A record of a kind that this version does not know; it was acknowledged, its number is in quarantine.',
    action: 'Update the gateway: the node is newer.',
  },
  JOURNAL_MISMATCH: {
    means: 'Records of another journal than the one the session was welcomed with.',
    action: 'Check the firmware of the node; it should use the journal id of the welcome.',
  },
  INTAKE_GAPS: {
    means: 'A journal has more gaps than the limit; a record that would open another one was not taken.',
    action: 'Nothing, if rare; the node sends again once its older records are in.',
  },
  TOMBSTONE_RANGE: {
    means: 'A tombstone whose range is backwards or reaches beyond its own sequence.',
    action: 'Check the firmware of the node.',
  },
  RECORD_BOOT_UNKNOWN: {
    means: 'A record refers to a boot that its journal never named; it is kept in quarantine.',
    action: 'Check the firmware of the node.',
  },
  BOOT_TIME_UNKNOWN: {
    means: 'A boot never exchanged time and nothing around it bounds it; its records are in quarantine.',
    action: 'Nothing can place them; their bytes are kept.',
  },
  INTERPRET_FAILED: {
    means: 'A record could not be interpreted; it is kept in quarantine, the next ones go on.',
    action: 'Report it with the quarantine entry.',
  },
  // --- store (gateway/store) ---
  STORE_IN_USE: {
    means: 'Another gateway runs on this store; two would write over each other.',
    action: 'Stop the other one, or give this one a store.folder of its own.',
  },
  STORE_OPEN_FAILED: {
    means: 'The store could not be opened, or is of another layout.',
    action: 'Check store.folder, its permissions, and the version that made it.',
  },
  STORE_WRITE_FAILED: {
    means: 'The disk refused a write. Nothing of it was acknowledged; it is tried again.',
    action: 'Free space on the disk or mend it.',
  },
  OUTBOX_ASIDE_FULL: {
    means: 'So many items of an outbox were set aside as refused that no more may be.',
    action: 'Look at them with `waypost outbox list` and mend what makes the network refuse so much.',
  },

  // --- operator, command line ---
  NOT_BUILT: {
    means: 'The command was called in a checkout where dist/ was not built.',
    action: 'Run npm ci (or npm run build) in the checkout first.',
  },
  INTERNAL: {
    means: 'A fault in Waypost itself; the lines below it say where.',
    action: 'Report it with those lines and what was called.',
  },
  CLI_USAGE: {
    means: 'The command line lacks something, has something too many, or a value that does not fit.',
    action: 'Read `waypost COMMAND --help`.',
  },
  CLI_UNKNOWN_COMMAND: {
    means: 'There is no such command.',
    action: 'Read `waypost --help`.',
  },
  CLI_UNKNOWN_OPTION: {
    means: 'The command has no such option.',
    action: 'Read `waypost COMMAND --help`.',
  },
  CLI_HEX: {
    means: 'A value that must be whole bytes in hexadecimal digits is not.',
    action: 'Give pairs of the digits 0-9 and a-f; spaces, colons and dashes between them are allowed.',
  },
  CLI_KEY: {
    means: 'A key is not 32 hexadecimal digits.',
    action: 'Give the key as it stands in the key file.',
  },
  CLI_NO_FRAME: {
    means: 'The bytes hold no whole frame of this protocol.',
    action: 'Give a whole frame: bare, with both delimiters of a serial line, or a whole MQTT payload.',
  },
  CLI_NO_STORE: {
    means: 'The folder that the configuration names holds no store yet.',
    action: 'Check store.folder; the gateway makes the store when it first runs.',
  },
  OPERATOR_LISTEN: {
    means: 'The operator page cannot be served on its host and port.',
    action: 'Choose a free port in operator.port (0 takes one) or stop what uses it.',
  },
} as const satisfies Record<string, ErrorEntry>

export type GatewayErrorCode = keyof typeof GATEWAY_ERRORS
