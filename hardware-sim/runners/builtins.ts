/**
 * What the interpreter has of the language's own library (2v29, read from its function tables and checked by
 * running it). The V8 context loses everything else, so that what is missing on the board is missing here.
 * Symbol-keyed properties stay: `for … of` needs them and no program can name them without `Symbol`.
 */

const PLAIN = ['constructor', 'toString', 'valueOf', 'hasOwnProperty'] as const

/** Names that stay on the global object; the runner adds the board's own. */
export const KEPT_GLOBALS: readonly string[] = [
  'Object', 'Function', 'Array', 'ArrayBuffer', 'DataView', 'Uint8Array', 'Int8Array', 'Uint16Array', 'Int16Array',
  'Uint32Array', 'Int32Array', 'Float32Array', 'Float64Array', 'Uint8ClampedArray', 'String', 'Number', 'Boolean',
  'Math', 'JSON', 'Promise', 'RegExp', 'Error', 'TypeError', 'SyntaxError', 'ReferenceError', 'eval', 'parseInt',
  'parseFloat', 'isNaN', 'isFinite', 'NaN', 'Infinity', 'undefined', 'encodeURIComponent', 'decodeURIComponent',
  'globalThis',
] // biome-ignore format: a table

/** Static names kept per constructor or namespace object; one that is absent here keeps none. */
export const KEPT_STATICS: Readonly<Record<string, readonly string[]>> = {
  Object: [
    'keys', 'getOwnPropertyNames', 'values', 'entries', 'fromEntries', 'create', 'getOwnPropertyDescriptor',
    'getOwnPropertyDescriptors', 'defineProperty', 'defineProperties', 'getPrototypeOf', 'setPrototypeOf', 'assign',
  ],
  Array: ['isArray'],
  String: ['fromCharCode'],
  Number: ['NaN', 'MAX_VALUE', 'MIN_VALUE', 'NEGATIVE_INFINITY', 'POSITIVE_INFINITY'],
  Math: [
    'E', 'PI', 'LN2', 'LN10', 'LOG2E', 'LOG10E', 'SQRT2', 'SQRT1_2', 'abs', 'acos', 'asin', 'atan', 'atan2', 'cos',
    'pow', 'random', 'round', 'sin', 'tan', 'sqrt', 'ceil', 'floor', 'exp', 'log', 'min', 'max', 'sign',
  ],
  JSON: ['stringify', 'parse'],
  Promise: ['all', 'resolve', 'reject'],
  Uint8Array: ['BYTES_PER_ELEMENT'],
  // V8 gives errors no stack without it, and crash reports need one.
  Error: ['stackTraceLimit'],
} // biome-ignore format: a table

const VIEW = [
  'buffer', 'byteLength', 'byteOffset', 'length', 'set', 'map', 'subarray', 'indexOf', 'includes', 'join', 'sort',
  'forEach', 'reduce', 'fill', 'filter', 'find', 'findIndex', 'reverse', 'slice', 'some', 'every',
] // biome-ignore format: a table

/** Names kept on each prototype, besides `constructor`, `toString`, `valueOf` and `hasOwnProperty`. */
export const KEPT_PROTOTYPES: Readonly<Record<string, readonly string[]>> = {
  Object: ['__proto__'],
  Function: ['call', 'apply', 'bind'],
  Array: [
    'length', 'indexOf', 'includes', 'join', 'push', 'pop', 'map', 'forEach', 'filter', 'find', 'findIndex', 'some',
    'every', 'reduce', 'splice', 'shift', 'unshift', 'slice', 'sort', 'concat', 'fill', 'reverse',
  ],
  String: [
    'length', 'charAt', 'charCodeAt', 'indexOf', 'lastIndexOf', 'match', 'replace', 'replaceAll', 'substring',
    'substr', 'slice', 'split', 'toLowerCase', 'toUpperCase', 'trim', 'concat', 'startsWith', 'endsWith', 'includes',
    'repeat', 'padStart', 'padEnd',
  ],
  Number: ['toFixed'],
  Promise: ['then', 'catch'],
  RegExp: ['exec', 'test'],
  Error: ['message', 'name'],
  ArrayBuffer: ['byteLength'],
  DataView: [
    'buffer', 'byteLength', 'byteOffset', 'getFloat32', 'getFloat64', 'getInt8', 'getInt16', 'getInt32', 'getUint8',
    'getUint16', 'getUint32', 'setFloat32', 'setFloat64', 'setInt8', 'setInt16', 'setInt32', 'setUint8', 'setUint16',
    'setUint32',
  ],
  TypedArray: VIEW,
} // biome-ignore format: a table

/** The data handed to the prelude, which does the deleting inside the context. */
export const KEPT = {
  plain: PLAIN,
  globals: KEPT_GLOBALS,
  statics: KEPT_STATICS,
  prototypes: KEPT_PROTOTYPES,
}
