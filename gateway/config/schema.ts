const text = { type: 'string', minLength: 1, maxLength: 512 } as const
const identifier = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' } as const
const uri = { type: 'string', pattern: '^(https?://|urn:)[\\x21-\\x7e]+$', maxLength: 512 } as const
const httpUrl = { type: 'string', pattern: '^https?://[\\x21-\\x7e]+$', maxLength: 512 } as const
const milliseconds = { type: 'integer', minimum: 1, maximum: 2_592_000_000 } as const

function object(required: string[], properties: Record<string, unknown>, more: Record<string, unknown> = {}) {
  return { type: 'object', additionalProperties: false, required, properties, ...more }
}

const sensor = object(['sensor'], {
  sensor: { type: 'integer', minimum: 0, maximum: 255, description: 'number in the node configuration' },
  deviceId: { ...uri, description: 'GIAI Digital Link of the sensor, for EPCIS sensorMetadata.deviceID' },
  profile: { ...identifier, description: 'condition profile that judges the sensor; none: no alarms' },
})

const checkpoint = object(['id', 'readPoint', 'bizStep', 'nodes'], {
  id: identifier,
  readPoint: { ...uri, description: 'SGLN of the read point, as GS1 Digital Link' },
  bizLocation: { ...uri, description: 'SGLN of the place; none: events carry no bizLocation' },
  bizStep: { ...identifier, description: 'CBV business step, bare word' },
  disposition: { ...identifier, description: 'CBV disposition, bare word; none: left out' },
  nodes: {
    type: 'array',
    minItems: 1,
    maxItems: 64,
    items: object(['node'], {
      node: identifier,
      sensors: { type: 'array', maxItems: 64, items: sensor, default: [] },
    }),
  },
  dwell: object(
    [],
    {
      lostAfterMilliseconds: {
        ...milliseconds,
        default: 10_000,
        description: 'a tag unread so long has left',
      },
      groupMilliseconds: {
        ...milliseconds,
        default: 5_000,
        description: 'tags that leave together share an event',
      },
      reportEveryMilliseconds: {
        ...milliseconds,
        default: 900_000,
        description: 'sensors and lasting faults are reported so often',
      },
    },
    { default: {} },
  ),
  expectedIntervalMilliseconds: {
    ...milliseconds,
    default: 60_000,
    description: 'silence beyond it is shown as late',
  },
})

/** JSON Schema of the gateway's configuration file. Unknown keys are errors; defaults stand here only. */
export const CONFIG_SCHEMA = object(['site', 'store', 'keys', 'links', 'checkpoints'], {
  site: object(['id', 'name'], {
    id: identifier,
    name: text,
    timeZoneOffset: {
      type: 'string',
      pattern: '^[+-](0\\d|1[0-4]):[0-5]\\d$',
      default: '+00:00',
      description: 'EPCIS eventTimeZoneOffset',
    },
  }),
  store: object(['folder'], {
    folder: { ...text, description: 'folder of the durable store, made when missing' },
    recordsKept: {
      type: 'integer',
      minimum: 1_000,
      maximum: 10_000_000,
      default: 100_000,
      description: 'records that stay readable per journal after interpretation',
    },
  }),
  keys: object(['file'], { file: { ...text, description: 'JSON of the node keys, mode 600' } }),
  links: object([], {
    serial: {
      type: 'array',
      maxItems: 64,
      default: [],
      items: object(['path'], {
        path: { ...text, description: 'name it by /dev/serial/by-id' },
        baud: { type: 'integer', minimum: 1_200, maximum: 4_000_000, default: 115_200 },
      }),
    },
    mqtt: object([], {
      host: { ...text, default: '127.0.0.1', description: 'beyond loopback needs plaintextLan: true' },
      port: {
        type: 'integer',
        minimum: 0,
        maximum: 65_535,
        default: 1883,
        description: '0 takes a free one',
      },
      plaintextLan: { type: 'boolean', default: false },
    }),
  }),
  profiles: object([], { file: { ...text, description: 'none: the packaged profiles' } }, { default: {} }),
  checkpoints: { type: 'array', minItems: 1, maxItems: 1_000, items: checkpoint },
  networks: object(
    [],
    {
      distribution: object(['url'], {
        url: { ...httpUrl, description: 'root of the EPCIS 2.0 REST binding, without /capture' },
        bearerTokenFile: { ...text, description: 'none: no Authorization header' },
        pollMilliseconds: {
          ...milliseconds,
          default: 500,
          description: 'between two looks at a capture job',
        },
      }),
      safety: object(['url', 'sender', 'areaDescription'], {
        url: httpUrl,
        bearerTokenFile: { ...text, description: 'none: no Authorization header' },
        sender: { type: 'string', pattern: '^[^\\s,<&]+$', maxLength: 128 },
        scope: {
          enum: ['Restricted', 'Private'],
          default: 'Restricted',
          description: 'never Public: an edge does not speak to it',
        },
        status: { enum: ['Actual', 'Exercise', 'Test'], default: 'Actual' },
        language: {
          type: 'string',
          pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]+)*$',
          description: 'none: en-US, as CAP has it',
        },
        senderName: text,
        circle: object(['latitudeDegrees', 'longitudeDegrees', 'radiusKilometres'], {
          latitudeDegrees: { type: 'number', minimum: -90, maximum: 90 },
          longitudeDegrees: { type: 'number', minimum: -180, maximum: 180 },
          radiusKilometres: { type: 'number', minimum: 0, maximum: 1_000 },
        }),
        restriction: { ...text, description: 'needed when scope is Restricted' },
        addresses: { ...text, description: 'needed when scope is Private' },
        areaDescription: text,
      }),
    },
    { default: {} },
  ),
  operator: object(
    [],
    {
      host: { ...text, default: '127.0.0.1' },
      port: {
        type: 'integer',
        minimum: 0,
        maximum: 65_535,
        default: 8080,
        description: '0 takes a free one',
      },
    },
    { default: {} },
  ),
})
