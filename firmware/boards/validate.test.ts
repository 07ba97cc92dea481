import { describe, expect, it } from 'vitest'
import { esp32 } from './esp32.ts'
import { espruinowifi } from './espruinowifi.ts'
import { boards } from './index.ts'
import { pico } from './pico.ts'
import type { Board, NodeConfiguration, R200Configuration } from './types.ts'
import { readerUarts, validateBoard, validateConfiguration } from './validate.ts'

const SERIAL: NodeConfiguration['link'] = { kind: 'serial', baud: 115200 }
const MQTT: NodeConfiguration['link'] = { kind: 'mqtt', host: '127.0.0.1', port: 1883, ssid: 'dock' }
const READER: R200Configuration = {
  kind: 'r200',
  reader: 0,
  pollMilliseconds: 200,
  intervalMilliseconds: 2000,
  powerCentiDbm: 2000,
  region: 6,
  antenna: 1,
}

function codes(board: Board, rest: Partial<NodeConfiguration>): string[] {
  const configuration = { node: 'n', key: '0'.repeat(32), keyEpoch: 1, link: SERIAL, ...rest }
  return validateConfiguration(board, configuration).map((each) => `${each.code} ${each.where}`)
}

describe('the board table', () => {
  it.each(boards.map((board) => [board.board, board] as const))('%s is consistent', (_name, board) => {
    expect(validateBoard(board)).toEqual([])
    for (const wiring of board.wirings) {
      for (const device of wiring.readers) expect(board.uarts.map((each) => each.device)).toContain(device)
    }
    for (const pin of [...board.inputOnlyPins, ...board.analogPins, board.i2c.scl, board.i2c.sda]) {
      expect(board.freePins).toContain(pin)
    }
    expect(new Set(board.freePins).size).toBe(board.freePins.length)
  })

  it('finds a boot counter inside Storage', () => {
    const broken = { ...esp32, bootCounter: { address: 0x31f000, pageBytes: 4096, pages: 2 } }
    expect(validateBoard(broken).map((each) => each.code)).toEqual(['BOARD_AREA_OVERLAP'])
  })
})

describe('combinations of board, link and reader', () => {
  it.each([
    ['PICO, serial, reader', pico, SERIAL, [READER], []],
    ['PICO, mqtt', pico, MQTT, [], ['BOARD_LINK_IMPOSSIBLE link.kind']],
    ['PICO, two readers', pico, SERIAL, [READER, READER], ['BOARD_UART_CONFLICT readers[1]']],
    [
      'PICO, reader on the link',
      pico,
      SERIAL,
      [{ ...READER, uart: 'Serial1' }],
      ['BOARD_UART_CONFLICT readers[0]'],
    ],
    ['ESPRUINOWIFI, mqtt, reader', espruinowifi, MQTT, [READER], []],
    ['ESPRUINOWIFI, serial', espruinowifi, SERIAL, [], []],
    ['ESPRUINOWIFI, serial, reader', espruinowifi, SERIAL, [READER], ['BOARD_UART_CONFLICT readers[0]']],
    ['ESP32, mqtt, two readers', esp32, MQTT, [READER, READER], []],
    ['ESP32, serial, reader', esp32, SERIAL, [READER], []],
    [
      'ESP32, too fast',
      esp32,
      MQTT,
      [{ ...READER, pollMilliseconds: 10 }],
      ['BOARD_POLL_IMPOSSIBLE readers[0].pollMilliseconds'],
    ],
  ] as const)('%s', (_name, board, link, readers, expected) => {
    expect(codes(board, { link, readers: [...readers] })).toEqual(expected)
  })

  it('gives readers the UARTs that the link leaves, in order or by name', () => {
    const uarts = (readers: R200Configuration[]) =>
      readerUarts(esp32, { node: 'n', key: '', keyEpoch: 1, link: MQTT, readers })
    expect(uarts([READER, READER, READER])).toEqual(['Serial2', 'Serial3', ''])
    expect(uarts([{ ...READER, uart: 'Serial3' }, READER])).toEqual(['Serial3', 'Serial2'])
  })
})

describe('pins', () => {
  const contact = { contact: 0, kind: 'door', pin: 'A8', debounceMilliseconds: 50, openLevel: 1 } as const
  const sht3x = { kind: 'sht3x', sensor: 0, address: 68 } as const

  it('of the demo are free', () => {
    expect(
      codes(pico, {
        sensors: [sht3x, { kind: 'ds18b20', sensor: 1, pin: 'B3' }],
        contacts: [contact],
        sampling: { intervalMilliseconds: 60000, batchMilliseconds: 0, triggerPin: 'B5' },
        readers: [READER],
      }),
    ).toEqual([])
  })

  it.each([
    ['a taken one', { contacts: [{ ...contact, pin: 'B7' }] }, 'BOARD_PIN_CONFLICT contacts[0].pin'],
    [
      'one of I2C',
      { sensors: [sht3x], contacts: [{ ...contact, pin: 'B9' }] },
      'BOARD_PIN_CONFLICT contacts[0].pin',
    ],
    ['one that is not there', { contacts: [{ ...contact, pin: 'D4' }] }, 'BOARD_PIN_UNKNOWN contacts[0].pin'],
    [
      'two on one interrupt line',
      { contacts: [contact, { ...contact, contact: 1, pin: 'B8' }] },
      'BOARD_WATCH_CONFLICT contacts[1].pin',
    ],
    [
      'a number twice',
      { contacts: [contact, { ...contact, pin: 'B5' }] },
      'BOARD_SENSOR_CONFLICT contacts[1].contact',
    ],
    [
      'an address twice',
      { sensors: [sht3x, { ...sht3x, sensor: 1 }] },
      'BOARD_SENSOR_CONFLICT sensors[1].address',
    ],
    [
      'no converter',
      { health: { intervalMilliseconds: 60000, battery: { pin: 'B5', dividerPermille: 2000 } } },
      'BOARD_PIN_UNFIT health.battery.pin',
    ],
  ])('%s is refused', (_name, rest, expected) => {
    expect(codes(pico, rest as Partial<NodeConfiguration>)).toEqual([expected])
  })

  it('without pull-up take no contact, trigger or 1-Wire', () => {
    expect(
      codes(esp32, {
        contacts: [{ ...contact, pin: 'D34' }],
        sensors: [{ kind: 'ds18b20', sensor: 0, pin: 'D35' }],
        sampling: { intervalMilliseconds: 1000, batchMilliseconds: 0, triggerPin: 'D36' },
      }),
    ).toEqual([
      'BOARD_PIN_UNFIT sensors[0].pin',
      'BOARD_PIN_UNFIT contacts[0].pin',
      'BOARD_PIN_UNFIT sampling.triggerPin',
    ])
  })

  it('shared by DS18B20 need a ROM code each', () => {
    const probe = { kind: 'ds18b20', sensor: 0, pin: 'B3', rom: '28ee94f72716018d' } as const
    expect(codes(pico, { sensors: [probe, { ...probe, sensor: 1, rom: '28ee875425160233' }] })).toEqual([])
    expect(codes(pico, { sensors: [probe, { kind: 'ds18b20', sensor: 1, pin: 'B3' }] })).toEqual([
      'BOARD_SENSOR_CONFLICT sensors[1].rom',
    ])
    expect(codes(pico, { sensors: [probe, { ...probe, sensor: 1 }] })).toEqual([
      'BOARD_SENSOR_CONFLICT sensors[1].rom',
    ])
  })
})
