import { CodedError } from '#protocol/coded-error.ts'
import {
  ALERT_PARTS,
  CAP_NAMESPACE,
  type Part,
  SIGNATURE_NAMESPACE,
  type ValueKind,
} from './cap-structure.ts'
import * as values from './cap-values.ts'
import { parseXml, type XmlItem } from './xml-tree.ts'

export interface CapReason {
  /** Path of the element, e.g. `alert/info[1]/area[1]/circle[1]`. */
  path: string
  line: number
  message: string
}

export interface CapSummary {
  identifier: string
  sender: string
  sent: string
  status: string
  msgType: string
  scope: string
  event?: string
  headline?: string
  severity?: string
  areaDesc?: string
}

export type CapVerdict = { ok: true; alert: CapSummary } | { ok: false; reasons: CapReason[] }

/** More reasons than this help nobody; the verdict is the same. */
export const CAP_REASONS_MAXIMUM = 50

/**
 * Judges one CAP 1.2 document: structure, values, and the conditions between elements that no XML
 * schema of CAP holds (Restricted needs restriction, Private needs addresses, Update and Cancel need
 * references). Signatures are let pass where the standard allows them; they are not verified.
 */
export function checkCap(bytes: Uint8Array): CapVerdict {
  let root: XmlItem
  try {
    root = parseXml(bytes)
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    return { ok: false, reasons: [{ path: '', line: 1, message: error.what }] }
  }
  const reasons: CapReason[] = []
  const blame = (path: string, item: XmlItem, message: string): void => {
    if (reasons.length < CAP_REASONS_MAXIMUM) reasons.push({ path, line: item.line, message })
  }
  if (root.name !== 'alert' || root.namespace !== CAP_NAMESPACE) {
    blame(root.name, root, `root is {${root.namespace}}${root.name}, not {${CAP_NAMESPACE}}alert`)
    return { ok: false, reasons }
  }
  const firstSignature = root.children.findIndex((child) => child.namespace === SIGNATURE_NAMESPACE)
  const own = firstSignature < 0 ? root.children : root.children.slice(0, firstSignature)
  for (const child of root.children.slice(own.length))
    if (child.namespace !== SIGNATURE_NAMESPACE)
      blame(`alert/${child.name}`, child, 'stands after a signature')
  checkParts('alert', root, own, ALERT_PARTS, blame)
  checkConditions(root, blame)
  if (reasons.length > 0) return { ok: false, reasons }
  return { ok: true, alert: summarise(root) }
}

type Blame = (path: string, item: XmlItem, message: string) => void

/** Walks children and declared parts together: both are in order, so one pass finds every misplacement. */
function checkParts(
  path: string,
  parent: XmlItem,
  children: readonly XmlItem[],
  parts: readonly Part[],
  blame: Blame,
): void {
  let at = 0
  for (const part of parts) {
    let count = 0
    for (let child = children[at]; child !== undefined && is(child, part.name); child = children[at]) {
      count += 1
      at += 1
      const childPath = `${path}/${part.name}[${count}]`
      if (count > part.most) blame(childPath, child, `stands more than ${part.most} time(s)`)
      else checkValue(childPath, child, part.value, blame)
    }
    if (count < part.least) blame(`${path}/${part.name}`, parent, 'is missing, or not in its place')
  }
  const left = children[at]
  if (left !== undefined)
    blame(`${path}/${left.name}`, left, `{${left.namespace}}${left.name} is unknown, or not in its place`)
}

const is = (item: XmlItem, name: string): boolean => item.name === name && item.namespace === CAP_NAMESPACE

function checkValue(path: string, item: XmlItem, kind: ValueKind, blame: Blame): void {
  if (typeof kind === 'object' && 'parts' in kind) {
    checkParts(path, item, item.children, kind.parts, blame)
    return
  }
  if (item.children.length > 0) {
    blame(path, item, 'has elements inside where only text may be')
    return
  }
  const wrong = wrongValue(item.text, kind)
  if (wrong !== undefined) blame(path, item, wrong)
}

function wrongValue(text: string, kind: Exclude<ValueKind, { parts: readonly Part[] }>): string | undefined {
  if (typeof kind === 'object')
    return kind.oneOf.includes(text)
      ? undefined
      : `"${values.shorten(text)}" is not one of ${kind.oneOf.join(', ')}`
  switch (kind) {
    case 'text':
      return undefined
    case 'words':
      return text.trim().length > 0 ? undefined : 'is empty'
    case 'token':
      return values.wrongToken(text)
    case 'time':
      return values.wrongTime(text)
    case 'language':
      return values.wrongLanguage(text)
    case 'uri':
      return values.wrongUri(text)
    case 'integer':
      return values.wrongInteger(text)
    case 'decimal':
      return values.wrongDecimal(text)
    case 'polygon':
      return values.wrongPolygon(text)
    case 'circle':
      return values.wrongCircle(text)
    case 'references':
      return values.wrongReferences(text)
  }
}

const textOf = (item: XmlItem, name: string): string | undefined =>
  item.children.find((child) => is(child, name))?.text

/** CAP 3.2.1 and 3.2.4: what one element's value asks of another. */
function checkConditions(root: XmlItem, blame: Blame): void {
  const filled = (name: string): boolean => (textOf(root, name) ?? '').trim().length > 0
  const scope = textOf(root, 'scope')
  if (scope === 'Restricted' && !filled('restriction'))
    blame('alert/restriction', root, 'must be there and not empty when scope is Restricted')
  if (scope === 'Private' && !filled('addresses'))
    blame('alert/addresses', root, 'must be there and not empty when scope is Private')
  const type = textOf(root, 'msgType')
  if (type !== undefined && ['Update', 'Cancel', 'Ack', 'Error'].includes(type) && !filled('references'))
    blame('alert/references', root, `must be there and not empty when msgType is ${type}`)
  for (const info of root.children.filter((child) => is(child, 'info')))
    for (const area of info.children.filter((child) => is(child, 'area')))
      if (textOf(area, 'ceiling') !== undefined && textOf(area, 'altitude') === undefined)
        blame('alert/info/area/ceiling', area, 'must not stand without altitude')
}

function summarise(root: XmlItem): CapSummary {
  const must = (name: string): string => textOf(root, name) ?? ''
  const info = root.children.find((child) => is(child, 'info'))
  const area = info?.children.find((child) => is(child, 'area'))
  const event = info && textOf(info, 'event')
  const headline = info && textOf(info, 'headline')
  const severity = info && textOf(info, 'severity')
  const areaDesc = area && textOf(area, 'areaDesc')
  return {
    identifier: must('identifier'),
    sender: must('sender'),
    sent: must('sent'),
    status: must('status'),
    msgType: must('msgType'),
    scope: must('scope'),
    ...(event === undefined ? {} : { event }),
    ...(headline === undefined ? {} : { headline }),
    ...(severity === undefined ? {} : { severity }),
    ...(areaDesc === undefined ? {} : { areaDesc }),
  }
}
