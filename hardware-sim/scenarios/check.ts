import { CodedError } from '#protocol/coded-error.ts'
import { boardOf } from '../boards/boards.ts'
import { SIM_ERRORS } from '../errors.ts'
import { CONTACT_FAULTS } from '../parts/contact.ts'
import { DS18B20_FAULTS } from '../parts/ds18b20.ts'
import { R200_FAULTS } from '../parts/r200.ts'
import { SHT3X_FAULTS } from '../parts/sht3x.ts'
import { fieldOf, partIds } from './names.ts'
import type { Scenario, ScenarioNode, ScenarioPart } from './types.ts'

type Locate = (path: (string | number)[]) => string

const FAULTS: Readonly<Record<ScenarioPart['part'], readonly string[]>> = {
  sht3x: SHT3X_FAULTS,
  ds18b20: DS18B20_FAULTS,
  r200: R200_FAULTS,
  contact: CONTACT_FAULTS,
}

/** Rules between the values of a scenario: whatever is named is declared, and declared once. */
export function checkScenario(scenario: Scenario, locate: Locate): void {
  const refuse = (what: string, path: (string | number)[]): never => {
    throw new CodedError('SIM_SCENARIO_INVALID', what, {
      where: locate(path),
      action: SIM_ERRORS.SIM_SCENARIO_INVALID.action,
    })
  }
  if (scenario.nodes.length === 0) refuse('the scenario has no nodes', ['nodes'])
  if (Number.isNaN(Date.parse(scenario.startUtc)))
    refuse(`startUtc ${scenario.startUtc} is no time`, ['startUtc'])
  const doors = new Set<string>()
  for (const [i, door] of scenario.world.doors.entries()) {
    if (doors.has(door.name)) refuse(`door ${door.name} is declared twice`, ['world', 'doors', i])
    doors.add(door.name)
  }
  const nodes = new Map<string, ScenarioNode>()
  const fields = new Set<string>()
  const parts = new Map<string, ScenarioPart['part']>()
  for (const [i, node] of scenario.nodes.entries()) {
    if (nodes.has(node.id)) refuse(`node ${node.id} is declared twice`, ['nodes', i, 'id'])
    nodes.set(node.id, node)
    checkNode(scenario, node, doors, (what, path) => refuse(what, ['nodes', i, ...path]))
    for (const part of node.parts) if (part.part === 'r200') fields.add(fieldOf(node.id, part))
    for (const [at, id] of partIds(node).entries()) parts.set(id, node.parts[at]?.part ?? 'contact')
  }
  for (const [i, tag] of scenario.world.tags.entries()) {
    if (!fields.has(tag.field)) refuse(`no reader has the field ${tag.field}`, ['world', 'tags', i, 'field'])
    if (tag.leaveSeconds <= tag.enterSeconds) refuse('a tag leaves before it enters', ['world', 'tags', i])
  }
  for (const [i, maker] of scenario.world.tagGenerators.entries()) {
    const path = ['world', 'tagGenerators', i]
    if (!fields.has(maker.field)) refuse(`no reader has the field ${maker.field}`, [...path, 'field'])
    if (maker.companyPrefix.length + maker.itemReference.length !== 13) {
      refuse('companyPrefix and itemReference must have 13 digits together', [...path, 'itemReference'])
    }
    for (const key of ['enterSeconds', 'staySeconds', 'rssiDbm'] as const) {
      const range = maker[key]
      if (range !== undefined && range[1] < range[0]) refuse(`${key} goes backwards`, [...path, key])
    }
  }
  for (const [i, step] of scenario.steps.entries()) {
    const path = ['steps', i]
    if ('door' in step && !doors.has(step.door))
      refuse(`door ${step.door} is not declared`, [...path, 'door'])
    if ('channel' in step && scenario.world.channels[step.channel] === undefined) {
      refuse(`channel ${step.channel} is not declared`, [...path, 'channel'])
    }
    if ('node' in step && !nodes.has(step.node))
      refuse(`node ${step.node} is not declared`, [...path, 'node'])
    if ('part' in step) {
      const kind = parts.get(step.part)
      if (kind === undefined) {
        refuse(`part ${step.part} is not one of ${[...parts.keys()].join(', ')}`, [...path, 'part'])
      } else if (step.fault !== 'none' && !FAULTS[kind].includes(step.fault)) {
        refuse(`a ${kind} cannot show ${step.fault}; it can: none, ${FAULTS[kind].join(', ')}`, [
          ...path,
          'fault',
        ])
      }
    }
    if ('link' in step) {
      const node = nodes.get(step.link)
      if (node === undefined) refuse(`node ${step.link} is not declared`, [...path, 'link'])
      const serialOnly = 'damageFrames' in step || 'noiseBytes' in step
      if (serialOnly && node?.link.kind !== 'serial')
        refuse(`${step.link} has no serial line`, [...path, 'link'])
    }
  }
  for (const [i, one] of scenario.expect.entries()) {
    if ('node' in one && !nodes.has(one.node))
      refuse(`node ${one.node} is not declared`, ['expect', i, 'node'])
  }
}

function checkNode(
  scenario: Scenario,
  node: ScenarioNode,
  doors: ReadonlySet<string>,
  refuse: (what: string, path: (string | number)[]) => never,
): void {
  const board = boardOf(node.board)
  for (const key of ['node', 'key', 'keyEpoch', 'link']) {
    if (key in node.firmware) refuse(`the host gives ${key} to the node`, ['firmware', key])
  }
  if (node.link.kind === 'mqtt' && !board.modules.includes('Wifi')) {
    refuse(`${node.board} has no radio for MQTT`, ['link', 'kind'])
  }
  if (node.triggerPin !== undefined && !board.pins.includes(node.triggerPin)) {
    refuse(`${node.board} has no pin ${node.triggerPin}`, ['triggerPin'])
  }
  const names = new Set<string>()
  for (const [i, part] of node.parts.entries()) {
    const path = ['parts', i]
    const id = partIds(node)[i] ?? ''
    if (names.has(id)) refuse(`two parts are called ${id}`, path)
    names.add(id)
    if ('pin' in part && !board.pins.includes(part.pin))
      refuse(`${node.board} has no pin ${part.pin}`, [...path, 'pin'])
    if (part.part === 'sht3x' && !board.i2cBuses.includes(part.bus ?? 'I2C1')) {
      refuse(`${node.board} has no ${part.bus}`, [...path, 'bus'])
    }
    if (part.part === 'contact' && !doors.has(part.door))
      refuse(`door ${part.door} is not declared`, [...path, 'door'])
    const uarts = board.readerSerials[node.link.kind]
    if (part.part === 'r200' && part.reader >= uarts.length) {
      refuse(`${node.board} with a ${node.link.kind} link has ${uarts.length} UARTs for readers`, [
        ...path,
        'reader',
      ])
    }
    for (const key of ['temperature', 'humidity'] as const) {
      const channel = (part as Record<string, unknown>)[key]
      if (typeof channel === 'string' && scenario.world.channels[channel] === undefined) {
        refuse(`channel ${channel} is not declared`, [...path, key])
      }
    }
  }
}
