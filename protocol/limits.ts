/** Every maximum of the wire (WIRE.md, "Limits"). What happens at each is in spec/PROTOCOL.md. */
export const enum Limit {
  /** Largest frame a node sends, header and tag included. */
  FRAME_UP_BYTES = 512,
  /** Largest frame a gateway sends. */
  FRAME_DOWN_BYTES = 256,
  /** What a board marked uartBurst64 can take in one burst, delimiters and CRC included. */
  FRAME_DOWN_BURST64_WIRE_BYTES = 56,
  /** COBS, CRC-32 and two delimiters around a frame of up to 512 bytes. */
  LINK_OVERHEAD_BYTES = 9,
  RECORDS_A_MESSAGE = 32,
  READS_A_RECORD = 64,
  SERIES_A_RECORD = 16,
  SAMPLES_A_RECORD = 64,
  TEXT_BYTES = 64,
  EPC_BYTES = 62,
  UNACKNOWLEDGED_FRAMES = 8,
  ACK_RANGES = 16,
  FRAMES_A_SESSION = 1048576,
  SESSION_SECONDS = 86400,
  REPLAY_WINDOW = 64,
  BOOTS_REMEMBERED = 32,
  NODES = 10000,
  HELLO_INTERVAL_MILLISECONDS = 1000,
  /** Bytes of a sealed frame before the ciphertext; they are the additional data of the seal. */
  HEADER_BYTES = 12,
  TAG_BYTES = 8,
  MAC_BYTES = 8,
  KEY_BYTES = 16,
  BOOT_ID_BYTES = 8,
  RANDOM_BYTES = 8,
  SESSION_ID_BYTES = 4,
  /** How deep a decoder follows nested arrays before it refuses. */
  NESTING = 8,
  TIME_ANSWER_MILLISECONDS = 2000,
}

/** The protocol's version: the major stands in every frame's first byte, the minor in hello. */
export const enum Version {
  MAJOR = 1,
  MINOR = 0,
}
