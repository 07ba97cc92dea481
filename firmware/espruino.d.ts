// biome-ignore-all lint/suspicious/noShadowRestrictedNames: this file is the library of a world without one
/**
 * The board's globals for firmware/tsconfig.json (noLib): first the part of the JavaScript library that the
 * interpreter has and answers as V8 does, then the device API. What is not declared here does not compile.
 *
 * Left out on purpose although the interpreter has it: regular expressions, sort (unstable), Math.pow (inexact),
 * Math.random, Date, slice of typed arrays (gives an Array), number formatting and parsing of floats, Promise.
 */

// ---- JavaScript -------------------------------------------------------------------------------------------

declare const NaN: number
declare function parseInt(text: string, radix: number): number
declare function isNaN(value: number): boolean

interface Object {
  hasOwnProperty(key: string): boolean
  toString(): string
}
interface ObjectConstructor {
  keys(value: object): string[]
  assign<T, U>(target: T, source: U): T & U
}
declare const Object: ObjectConstructor

interface Function {
  readonly length: number
  apply(self: unknown, parameters: unknown): unknown
  call(self: unknown, ...parameters: unknown[]): unknown
  bind(self: unknown, ...parameters: unknown[]): unknown
}
interface CallableFunction extends Function {}
interface NewableFunction extends Function {}
interface IArguments {
  readonly length: number
  [index: number]: unknown
}
interface Boolean {
  valueOf(): boolean
}
interface RegExp {
  readonly source: string
}

interface Number {
  /** Whole numbers and radix 16 or 2 only: other floats print differently. */
  toString(radix?: number): string
  valueOf(): number
}
type NumberConstructor = (value: unknown) => number
declare const Number: NumberConstructor

interface String {
  readonly length: number
  readonly [index: number]: string
  charAt(index: number): string
  charCodeAt(index: number): number
  indexOf(text: string, from?: number): number
  lastIndexOf(text: string): number
  substring(start: number, end?: number): string
  substr(start: number, length?: number): string
  slice(start: number, end?: number): string
  split(separator: string): string[]
  toLowerCase(): string
  toUpperCase(): string
  trim(): string
  startsWith(text: string): boolean
  endsWith(text: string): boolean
  toString(): string
}
interface StringConstructor {
  (value: unknown): string
  fromCharCode(...codes: number[]): string
}
declare const String: StringConstructor

interface SymbolConstructor {
  readonly iterator: unique symbol
}
/** Never use it as a value: it is missing on the board. It is here so that `for … of` type-checks. */
declare const Symbol: SymbolConstructor
interface Symbol {
  toString(): string
}
interface IteratorYieldResult<T> {
  done?: false
  value: T
}
interface IteratorReturnResult<T> {
  done: true
  value: T
}
type IteratorResult<T, TReturn = unknown> = IteratorYieldResult<T> | IteratorReturnResult<TReturn>
interface Iterator<T, TReturn = unknown, TNext = unknown> {
  next(value?: TNext): IteratorResult<T, TReturn>
}
interface Iterable<T, TReturn = unknown, TNext = unknown> {
  [Symbol.iterator](): Iterator<T, TReturn, TNext>
}
interface IterableIterator<T, TReturn = unknown, TNext = unknown> extends Iterator<T, TReturn, TNext> {
  [Symbol.iterator](): IterableIterator<T, TReturn, TNext>
}

interface ReadonlyArray<T> {
  readonly length: number
  readonly [index: number]: T
  indexOf(value: T): number
  join(separator: string): string
  slice(start?: number, end?: number): T[]
  concat(other: readonly T[]): T[]
  map<U>(callback: (value: T, index: number) => U): U[]
  filter(callback: (value: T, index: number) => boolean): T[]
  forEach(callback: (value: T, index: number) => void): void
  some(callback: (value: T, index: number) => boolean): boolean
  every(callback: (value: T, index: number) => boolean): boolean
  [Symbol.iterator](): IterableIterator<T>
}
interface Array<T> {
  /** Read only in firmware: assigning it throws on the board. */
  readonly length: number
  [index: number]: T
  push(...values: T[]): number
  pop(): T | undefined
  shift(): T | undefined
  unshift(value: T): number
  splice(start: number, count: number): T[]
  fill(value: T, start?: number, end?: number): T[]
  indexOf(value: T): number
  includes(value: T): boolean
  join(separator: string): string
  slice(start?: number, end?: number): T[]
  concat(other: readonly T[]): T[]
  map<U>(callback: (value: T, index: number) => U): U[]
  filter(callback: (value: T, index: number) => boolean): T[]
  find(callback: (value: T, index: number) => boolean): T | undefined
  findIndex(callback: (value: T, index: number) => boolean): number
  forEach(callback: (value: T, index: number) => void): void
  some(callback: (value: T, index: number) => boolean): boolean
  every(callback: (value: T, index: number) => boolean): boolean
  [Symbol.iterator](): IterableIterator<T>
}
interface ArrayConstructor {
  new <T>(length: number): T[]
  isArray(value: unknown): value is unknown[]
}
declare const Array: ArrayConstructor

interface ArrayBuffer {
  readonly byteLength: number
}
declare const ArrayBuffer: { new (byteLength: number): ArrayBuffer }
type ArrayBufferLike = ArrayBuffer

interface TypedArrayOfNumbers<TArrayBuffer extends ArrayBufferLike = ArrayBufferLike> {
  readonly length: number
  readonly byteLength: number
  readonly byteOffset: number
  readonly buffer: TArrayBuffer
  [index: number]: number
  set(values: readonly number[] | TypedArrayOfNumbers, offset?: number): void
  /** A view; native, and a third of the time that `new` over the buffer takes. */
  subarray(begin: number, end?: number): TypedArrayOfNumbers
  fill(value: number, start?: number, end?: number): this
  indexOf(value: number, from?: number): number
}
interface Uint8Array<TArrayBuffer extends ArrayBufferLike = ArrayBufferLike>
  extends TypedArrayOfNumbers<TArrayBuffer> {
  readonly BYTES_PER_ELEMENT: 1
  subarray(begin: number, end?: number): Uint8Array<TArrayBuffer>
}
interface Int8Array<TArrayBuffer extends ArrayBufferLike = ArrayBufferLike>
  extends TypedArrayOfNumbers<TArrayBuffer> {
  readonly BYTES_PER_ELEMENT: 1
}
interface Uint16Array<TArrayBuffer extends ArrayBufferLike = ArrayBufferLike>
  extends TypedArrayOfNumbers<TArrayBuffer> {
  readonly BYTES_PER_ELEMENT: 2
}
interface Uint32Array<TArrayBuffer extends ArrayBufferLike = ArrayBufferLike>
  extends TypedArrayOfNumbers<TArrayBuffer> {
  readonly BYTES_PER_ELEMENT: 4
}
interface Int32Array<TArrayBuffer extends ArrayBufferLike = ArrayBufferLike>
  extends TypedArrayOfNumbers<TArrayBuffer> {
  readonly BYTES_PER_ELEMENT: 4
}
interface Float64Array<TArrayBuffer extends ArrayBufferLike = ArrayBufferLike>
  extends TypedArrayOfNumbers<TArrayBuffer> {
  readonly BYTES_PER_ELEMENT: 8
}
interface TypedArrayConstructor<T> {
  new (length: number): T
  new (values: readonly number[] | TypedArrayOfNumbers): T
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): T
}
declare const Uint8Array: TypedArrayConstructor<Uint8Array<ArrayBuffer>>
declare const Int8Array: TypedArrayConstructor<Int8Array<ArrayBuffer>>
declare const Uint16Array: TypedArrayConstructor<Uint16Array<ArrayBuffer>>
declare const Uint32Array: TypedArrayConstructor<Uint32Array<ArrayBuffer>>
declare const Int32Array: TypedArrayConstructor<Int32Array<ArrayBuffer>>
declare const Float64Array: TypedArrayConstructor<Float64Array<ArrayBuffer>>

interface DataView {
  readonly byteLength: number
  getUint8(offset: number): number
  getInt8(offset: number): number
  getUint16(offset: number, littleEndian?: boolean): number
  getInt16(offset: number, littleEndian?: boolean): number
  getUint32(offset: number, littleEndian?: boolean): number
  getInt32(offset: number, littleEndian?: boolean): number
  setUint8(offset: number, value: number): void
  setInt8(offset: number, value: number): void
  setUint16(offset: number, value: number, littleEndian?: boolean): void
  setInt16(offset: number, value: number, littleEndian?: boolean): void
  setUint32(offset: number, value: number, littleEndian?: boolean): void
  setInt32(offset: number, value: number, littleEndian?: boolean): void
}
declare const DataView: {
  new (buffer: ArrayBufferLike, byteOffset?: number, byteLength?: number): DataView
}

interface Math {
  abs(value: number): number
  floor(value: number): number
  ceil(value: number): number
  /** Halves of negative numbers round away from zero on the board and up in V8: positive values only. */
  round(value: number): number
  min(...values: number[]): number
  max(...values: number[]): number
}
declare const Math: Math

interface JSON {
  parse(text: string): unknown
  stringify(value: unknown): string
}
declare const JSON: JSON

/** Has no name on the board. Never extended. Firmware's own errors are values; these only come from natives. */
interface Error {
  message: string
}
declare const Error: { new (message: string): Error; (message: string): Error }

type Partial<T> = { [K in keyof T]?: T[K] }
type Readonly<T> = { readonly [K in keyof T]: T[K] }
type Pick<T, K extends keyof T> = { [P in K]: T[P] }
type Record<K extends string | number | symbol, T> = { [P in K]: T }
type Exclude<T, U> = T extends U ? never : T
type Extract<T, U> = T extends U ? T : never
type Omit<T, K extends string | number | symbol> = Pick<T, Exclude<keyof T, K>>
type NonNullable<T> = T & {}
interface ThisType<T> {
  readonly __thisType?: T
}

// ---- Espruino ---------------------------------------------------------------------------------------------

type DeviceApi = import('./device-api.ts').EspruinoGlobals

declare const E: DeviceApi['E']
declare const process: DeviceApi['process']
declare const Pin: DeviceApi['Pin']
declare const OneWire: DeviceApi['OneWire']
declare const I2C1: DeviceApi['I2C1']
declare const Serial1: DeviceApi['Serial1']
declare const Serial2: DeviceApi['Serial2']
declare const Serial3: DeviceApi['Serial3']
declare const USB: DeviceApi['USB']
declare const console: DeviceApi['console']
declare function getTime(): number
declare function setTimeout(callback: () => void, milliseconds: number): number
declare function clearTimeout(id: number): void
declare function setInterval(callback: () => void, milliseconds: number): number
declare function clearInterval(id: number): void
declare const setWatch: DeviceApi['setWatch']
declare function clearWatch(id: number): void
declare function digitalRead(pin: import('./device-api.ts').PinValue): number
declare function digitalWrite(pin: import('./device-api.ts').PinValue, value: number | boolean): void
declare function pinMode(
  pin: import('./device-api.ts').PinValue,
  mode: import('./device-api.ts').PinMode,
): void
declare function analogRead(pin: import('./device-api.ts').PinValue): number
declare function print(...values: unknown[]): void
declare function require(name: 'crypto'): import('./device-api.ts').CryptoModule
declare function require(name: 'Storage'): import('./device-api.ts').StorageModule
declare function require(name: 'Flash'): import('./device-api.ts').FlashModule
declare function require(name: 'net'): import('./device-api.ts').NetModule
declare function require(name: 'Wifi'): import('./device-api.ts').WifiModule
