import { ParseOption, XmlDocument, XmlElement } from 'libxml2-wasm'
import { CodedError } from '#protocol/coded-error.ts'

/** One element as plain data: the WebAssembly document behind it is already gone. */
export interface XmlItem {
  /** Local name, without prefix. */
  name: string
  namespace: string
  line: number
  /** Text of the element and all below it, entities resolved (only the five that XML has itself). */
  text: string
  children: XmlItem[]
}

export const XML_BYTES_MAXIMUM = 262_144
export const XML_ELEMENTS_MAXIMUM = 20_000
export const XML_DEPTH_MAXIMUM = 32

const refuse = (what: string): CodedError =>
  new CodedError('CAP_XML', what, { action: 'send one plain XML document without DOCTYPE' })

/**
 * Parses XML that a stranger sent: no document type declaration at all (so no entities, no external
 * subset, no expansion), no network, no XInclude; bounded in bytes, elements and depth.
 *
 * @throws CodedError CAP_XML
 */
export function parseXml(bytes: Uint8Array): XmlItem {
  if (bytes.length > XML_BYTES_MAXIMUM) throw refuse(`${bytes.length} bytes, more than ${XML_BYTES_MAXIMUM}`)
  // A look before the parser has one. Text in UTF-16 hides the word here but not from the check of
  // `dtd` below; the parser itself loads nothing either way.
  if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('<!DOCTYPE'))
    throw refuse('has a document type declaration')
  let document: XmlDocument
  try {
    document = XmlDocument.fromBuffer(bytes, {
      option: ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE,
    })
  } catch (error) {
    throw refuse(`not well-formed: ${(error as Error).message.trim()}`)
  }
  try {
    if (document.dtd !== null) throw refuse('has a document type declaration')
    const budget = { elements: 0 }
    return toItem(document.root, 1, budget)
  } finally {
    document.dispose()
  }
}

function toItem(element: XmlElement, depth: number, budget: { elements: number }): XmlItem {
  budget.elements += 1
  if (depth > XML_DEPTH_MAXIMUM) throw refuse(`nested deeper than ${XML_DEPTH_MAXIMUM}`)
  if (budget.elements > XML_ELEMENTS_MAXIMUM) throw refuse(`more than ${XML_ELEMENTS_MAXIMUM} elements`)
  const children: XmlItem[] = []
  for (let node = element.firstChild; node !== null; node = node.next)
    if (node instanceof XmlElement) children.push(toItem(node, depth + 1, budget))
  return {
    name: element.name,
    namespace: element.namespaceUri,
    line: element.line,
    text: element.content,
    children,
  }
}
