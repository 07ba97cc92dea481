/**
 * Every number that was ever given on the wire. Numbers are never reused: numbers.test.ts holds the list.
 * Messages and records share one number space, so that no byte string can be taken for the other.
 */
export const enum MessageNumber {
  hello = 1,
  timeRequest = 2,
  records = 3,
  reads = 4,
  samples = 5,
  contact = 6,
  health = 7,
  tombstone = 8,
  boot = 9,
  timeReceived = 10,
  welcome = 16,
  who = 17,
  ack = 18,
  time = 19,
}

/** Low nibble of a frame's first byte. */
export const enum FrameKind {
  sealed = 0,
  hello = 1,
  welcome = 2,
  who = 3,
}

/** How a session's frames are sealed; fixed for a node at enrolment. */
export const enum Suite {
  /** AES-CCM-16-64-128, COSE algorithm 10 (RFC 9053, 4.2). */
  aesCcm = 1,
  /** HMAC-SHA256 keystream and tag, for boards without AES. */
  sha256Ctr = 2,
}

export const enum Quantity {
  temperatureMilliCelsius = 1,
  relativeHumidityMilliPercent = 2,
}

export const enum IdKind {
  epc = 0,
  uid = 1,
}

export const enum ContactKind {
  door = 0,
  tamper = 1,
}

/** Why a sample has no value. A fault is a fault, never a value and never a gap. */
export const enum SensorFault {
  none = 0,
  crc = 1,
  noAnswer = 2,
  powerOn = 3,
  outOfRange = 4,
  stuckBus = 5,
  notConfigured = 6,
}

export const enum ResetReason {
  unknown = 0,
  powerOn = 1,
  pin = 2,
  software = 3,
  watchdog = 4,
  brownOut = 5,
}

export const enum TombstoneCause {
  outboxFull = 1,
  journalWiped = 2,
}

/** Bits of health.errorFlags. */
export const enum ErrorFlag {
  lowMemory = 1,
  fifoFull = 2,
  memory = 4,
  readerSilent = 8,
  sensorFault = 16,
  outboxFull = 32,
  bootCounterWeak = 64,
  linkLost = 128,
  callback = 256,
  uartOverflow = 512,
}

/** Why a gateway does not know who is talking; the only thing it can cause is a new hello. */
export const enum WhoReason {
  unknownSession = 1,
  unknownNode = 2,
  badVersion = 3,
  badSuite = 4,
  tooFast = 5,
}

/** Bits of hello.capabilities. */
export const enum Capability {
  reader = 1,
  climate = 2,
  oneWire = 4,
  contact = 8,
  bootCounterKept = 16,
  journalFlash = 32,
  uartBurst64 = 64,
}
