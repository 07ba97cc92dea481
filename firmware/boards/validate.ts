import type { Board, FlashArea, NodeConfiguration, R200Configuration, SerialName } from './types.ts'

/**
 * Why a configuration cannot run on a board. Codes are stable; the toolchain turns each finding into an error
 * before anything is built or flashed. Runs on the host only; a bundle does not import it.
 */
export type BoardFindingCode =
  | 'BOARD_LINK_IMPOSSIBLE'
  | 'BOARD_UART_CONFLICT'
  | 'BOARD_PIN_UNKNOWN'
  | 'BOARD_PIN_CONFLICT'
  | 'BOARD_PIN_UNFIT'
  | 'BOARD_WATCH_CONFLICT'
  | 'BOARD_SENSOR_CONFLICT'
  | 'BOARD_POLL_IMPOSSIBLE'
  | 'BOARD_AREA_OVERLAP'

export interface BoardFinding {
  code: BoardFindingCode
  /** Path in the configuration, e.g. `contacts[0].pin`, or in the board table. */
  where: string
  what: string
}

/** Shortest time between two polls: a round of eight tags, its quiet time and the drivers' own time. */
export const POLL_MILLISECONDS_MINIMUM = 50
/** Readers a board may have; the allowed wirings never offer more. */
export const READERS_MAXIMUM = 2

interface PinUse {
  pin: string
  where: string
}

function finding(code: BoardFindingCode, where: string, what: string): BoardFinding {
  return { code: code, where: where, what: what }
}

function end(area: FlashArea): number {
  return area.address + area.pageBytes * area.pages
}

function overlaps(first: FlashArea, second: FlashArea): boolean {
  return first.address < end(second) && second.address < end(first)
}

/** Faults of the table itself: run over every board by a test and by the build. */
export function validateBoard(board: Board): BoardFinding[] {
  const findings: BoardFinding[] = []
  if (overlaps(board.storage, board.bootCounter)) {
    findings.push(finding('BOARD_AREA_OVERLAP', 'bootCounter', 'the boot counter lies inside Storage'))
  }
  return findings
}

/** The UARTs that readers take, in the order of the configuration; '' where none is left. */
export function readerUarts(board: Board, configuration: NodeConfiguration): (SerialName | '')[] {
  const wiring = board.wirings.find((each) => each.link === configuration.link.kind)
  const left: SerialName[] = wiring ? wiring.readers.slice() : []
  const result: (SerialName | '')[] = []
  const readers: R200Configuration[] = configuration.readers || []
  for (let i = 0; i < readers.length; i++) {
    const reader = readers[i] as R200Configuration
    const index = reader.uart ? left.indexOf(reader.uart) : 0
    const uart = index < 0 ? undefined : left[index]
    result.push(uart || '')
    if (uart) left.splice(index, 1)
  }
  return result
}

function checkReaders(board: Board, configuration: NodeConfiguration, findings: BoardFinding[]): PinUse[] {
  const uses: PinUse[] = []
  const readers: R200Configuration[] = configuration.readers || []
  const uarts = readerUarts(board, configuration)
  for (let i = 0; i < readers.length; i++) {
    const reader = readers[i] as R200Configuration
    const where = `readers[${i}]`
    const uart = board.uarts.find((each) => each.device === uarts[i])
    if (i >= READERS_MAXIMUM || !uart) {
      const which = reader.uart ? reader.uart : 'a UART'
      findings.push(
        finding(
          'BOARD_UART_CONFLICT',
          where,
          `${which} is not free on ${board.board} beside a ${configuration.link.kind} link`,
        ),
      )
    } else {
      uses.push({ pin: uart.tx, where: `${where}.${uart.device}.tx` })
      uses.push({ pin: uart.rx, where: `${where}.${uart.device}.rx` })
    }
    if (
      reader.pollMilliseconds < POLL_MILLISECONDS_MINIMUM ||
      reader.pollMilliseconds > reader.intervalMilliseconds
    ) {
      findings.push(
        finding(
          'BOARD_POLL_IMPOSSIBLE',
          `${where}.pollMilliseconds`,
          `must be from ${POLL_MILLISECONDS_MINIMUM} to the interval`,
        ),
      )
    }
  }
  return uses
}

function checkSensors(board: Board, configuration: NodeConfiguration, findings: BoardFinding[]): PinUse[] {
  const uses: PinUse[] = []
  const sensors = configuration.sensors || []
  let climate = false
  const addresses: number[] = []
  for (let i = 0; i < sensors.length; i++) {
    const sensor = sensors[i]
    const where = `sensors[${i}]`
    if (!sensor) continue
    if (sensors.some((other, at) => at < i && other.sensor === sensor.sensor)) {
      findings.push(finding('BOARD_SENSOR_CONFLICT', `${where}.sensor`, 'number given twice'))
    }
    if (sensor.kind === 'sht3x') {
      if (addresses.indexOf(sensor.address) >= 0) {
        findings.push(finding('BOARD_SENSOR_CONFLICT', `${where}.address`, 'address given twice on one bus'))
      }
      addresses.push(sensor.address)
      climate = true
    } else {
      const sharing = sensors.filter((other) => other.kind === 'ds18b20' && other.pin === sensor.pin)
      if (sharing.length > 1 && !sensor.rom) {
        findings.push(
          finding('BOARD_SENSOR_CONFLICT', `${where}.rom`, 'needed: several sensors share this pin'),
        )
      }
      if (
        sensor.rom &&
        sensors.some((other, at) => at < i && other.kind === 'ds18b20' && other.rom === sensor.rom)
      ) {
        findings.push(finding('BOARD_SENSOR_CONFLICT', `${where}.rom`, 'ROM given twice'))
      }
      if (sharing[0] === sensor) uses.push({ pin: sensor.pin, where: `${where}.pin` })
      if (board.inputOnlyPins.indexOf(sensor.pin) >= 0) {
        findings.push(finding('BOARD_PIN_UNFIT', `${where}.pin`, `${sensor.pin} cannot drive a 1-Wire bus`))
      }
    }
  }
  if (climate) {
    uses.push({ pin: board.i2c.scl, where: 'i2c.scl' })
    uses.push({ pin: board.i2c.sda, where: 'i2c.sda' })
  }
  return uses
}

function checkContacts(board: Board, configuration: NodeConfiguration, findings: BoardFinding[]): PinUse[] {
  const watched: PinUse[] = []
  const contacts = configuration.contacts || []
  for (let i = 0; i < contacts.length; i++) {
    const contact = contacts[i]
    const where = `contacts[${i}]`
    if (!contact) continue
    watched.push({ pin: contact.pin, where: `${where}.pin` })
    if (contacts.some((other, at) => at < i && other.contact === contact.contact)) {
      findings.push(finding('BOARD_SENSOR_CONFLICT', `${where}.contact`, 'number given twice'))
    }
    if (board.inputOnlyPins.indexOf(contact.pin) >= 0) {
      findings.push(finding('BOARD_PIN_UNFIT', `${where}.pin`, `${contact.pin} has no pull-up`))
    }
  }
  const sampling = configuration.sampling
  if (sampling?.triggerPin) {
    watched.push({ pin: sampling.triggerPin, where: 'sampling.triggerPin' })
    if (board.inputOnlyPins.indexOf(sampling.triggerPin) >= 0) {
      findings.push(
        finding('BOARD_PIN_UNFIT', 'sampling.triggerPin', `${sampling.triggerPin} has no pull-down`),
      )
    }
  }
  if (!board.watchSharesNumber) return watched
  for (let i = 0; i < watched.length; i++) {
    const use = watched[i] as PinUse
    const other = watched.find((each, at) => at < i && each.pin.substring(1) === use.pin.substring(1))
    if (other && other.pin !== use.pin) {
      findings.push(
        finding(
          'BOARD_WATCH_CONFLICT',
          use.where,
          `${use.pin} and ${other.pin} have one interrupt line: only one of them can be watched`,
        ),
      )
    }
  }
  return watched
}

function checkPins(board: Board, uses: PinUse[], freeFrom: number, findings: BoardFinding[]): void {
  for (let i = 0; i < uses.length; i++) {
    const use = uses[i] as PinUse
    const other = uses.find((each, at) => at < i && each.pin === use.pin)
    if (other) {
      findings.push(finding('BOARD_PIN_CONFLICT', use.where, `${use.pin} is taken by ${other.where}`))
    } else if (i >= freeFrom && board.freePins.indexOf(use.pin) < 0) {
      findings.push(finding('BOARD_PIN_UNKNOWN', use.where, `${use.pin} is not a free pin of ${board.board}`))
    }
  }
}

/**
 * Judges a configuration against a board: every impossible link, UART, pin and poll is named. Ranges and
 * forms of the fields themselves are the configuration schema's.
 *
 * @returns nothing when the board can do it
 */
export function validateConfiguration(board: Board, configuration: NodeConfiguration): BoardFinding[] {
  const findings = validateBoard(board)
  const link = configuration.link.kind
  if (!board.wirings.some((each) => each.link === link)) {
    findings.push(finding('BOARD_LINK_IMPOSSIBLE', 'link.kind', `${board.board} has no ${link} link`))
  }
  const uses: PinUse[] = []
  if (link === 'serial') {
    const uart = board.uarts.find((each) => each.device === board.linkUart)
    if (uart) uses.push({ pin: uart.tx, where: 'link.tx' }, { pin: uart.rx, where: 'link.rx' })
  }
  const readers = checkReaders(board, configuration, findings)
  const sensors = checkSensors(board, configuration, findings)
  const watched = checkContacts(board, configuration, findings)
  const battery = configuration.health?.battery
  const analog: PinUse[] = battery ? [{ pin: battery.pin, where: 'health.battery.pin' }] : []
  if (battery && board.analogPins.indexOf(battery.pin) < 0) {
    findings.push(finding('BOARD_PIN_UNFIT', 'health.battery.pin', `${battery.pin} has no converter`))
  }
  // The UARTs' pins are the table's own and need not be free ones.
  const fixed = uses.concat(readers)
  checkPins(board, fixed.concat(sensors).concat(watched).concat(analog), fixed.length, findings)
  return findings
}
