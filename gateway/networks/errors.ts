import type { ErrorEntry } from '#protocol/coded-error.ts'

/** Codes of gateway/networks: delivery to the national networks. */
export const NETWORK_ERRORS = {
  NETWORK_UNREACHABLE: {
    means:
      'A network does not answer: refused, unresolved or broken connection. Items wait and are tried again.',
    action: 'Check the url, the route and the name resolution.',
  },
  NETWORK_TIMEOUT: {
    means:
      'A network did not answer in time. Items wait; what may have arrived is looked up before it is sent again.',
    action: 'Nothing, if rare; else ask the operator of the network.',
  },
  NETWORK_BUSY: {
    means: 'A network answered 408, 429 or 5xx. Items wait and are tried again, later and later.',
    action: 'Nothing, if it passes; else ask the operator of the network.',
  },
  NETWORK_AUTH: {
    means: 'A network answered 401 or 403: delivery pauses and probes once every five minutes.',
    action: 'Renew the token in bearerTokenFile; the file is read again at each try.',
  },
  NETWORK_ENDPOINT: {
    means:
      'A network does not know the endpoint or our media type (404, 405, 406, 415, 501): delivery stops.',
    action: 'Correct the url in the configuration and restart the gateway.',
  },
  NETWORK_REFUSED: {
    means:
      'A network refuses one item for good (400, 409, 413, 422 or a failed job). It is set aside, the others go on.',
    action: 'Read the reason with `waypost outbox list` and correct what made it; the item stays on disk.',
  },
  NETWORK_CONFLICT: {
    means: 'A network already holds another content under the same id. The item is set aside.',
    action: 'Compare both; a store that was restored from an old backup is the usual cause.',
  },
  NETWORK_TOKEN_UNREADABLE: {
    means: 'The bearer token file of a network cannot be read or is empty. Delivery pauses.',
    action: 'Check bearerTokenFile and its permissions.',
  },
  NETWORK_ANSWER: {
    means:
      'A network gave an answer that is not understood (no Location, no job, no JSON). It is tried again.',
    action: 'Check that the url is an EPCIS 2.0 capture interface.',
  },
  NETWORK_JOB_LOST: {
    means: 'A capture job vanished or did not finish in an hour; its events are looked up one by one.',
    action: 'Nothing; if it is frequent, ask the operator of the network.',
  },
  NETWORK_ASIDE_FULL: {
    means: 'So many items of one network are set aside that no more fit; delivery pauses, nothing is lost.',
    action: 'Look at them with `waypost outbox list` and mend what makes the network refuse so much.',
  },
  DELIVERY_FAILED: {
    means: 'Delivery met an unexpected error of its own (often the disk). It is tried again.',
    action: 'Look at the log; report it if the disk is well.',
  },
} as const satisfies Record<string, ErrorEntry>
