/**
 * The one piece of JavaScript that runs inside a node's context before the bundle. It removes what the
 * interpreter has not, and makes the functions through which the host calls in and is called: everything that the
 * bundle touches is made here, in its own realm, so that no object of Node's leaks into it.
 */
export const PRELUDE = String.raw`(function (kept, dispatch, next, random) {
  'use strict'
  var G = globalThis
  var own = Object.getOwnPropertyNames
  var TypedArray = Object.getPrototypeOf(Uint8Array)
  var prototypes = { TypedArray: TypedArray.prototype }
  var names = own(G)
  function strip(object, list, plain) {
    var all = own(object)
    for (var i = 0; i < all.length; i++) {
      var name = all[i]
      if (list.indexOf(name) >= 0 || (plain && kept.plain.indexOf(name) >= 0)) continue
      if (typeof object === 'function' && (name === 'prototype' || name === 'length' || name === 'name')) continue
      try { delete object[name] } catch (e) {}
    }
  }
  var define = Object.defineProperty
  var RealError = Error, RealUint8Array = Uint8Array, RealArray = Array, RealObject = Object, RealMath = Math
  var apply = Reflect.apply
  for (var i = 0; i < names.length; i++) {
    var name = names[i]
    var value = G[name]
    if (kept.globals.indexOf(name) < 0) { try { delete G[name] } catch (e) {} continue }
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) continue
    if (value === G) continue
    if (typeof value === 'function' && value.prototype) {
      if (Object.getPrototypeOf(value) === TypedArray) strip(value.prototype, ['BYTES_PER_ELEMENT'], true)
      else prototypes[name] = value.prototype
    }
  }
  for (var p in prototypes) strip(prototypes[p], kept.prototypes[p] || [], true)
  strip(TypedArray, [], false)
  for (var j = 0; j < kept.globals.length; j++) {
    var v = G[kept.globals[j]]
    if (v !== G && v !== null && (typeof v === 'object' || typeof v === 'function')) {
      strip(v, kept.statics[kept.globals[j]] || [], false)
    }
  }
  // The interpreter's typed array slice gives an Array.
  var arraySlice = RealArray.prototype.slice
  define(TypedArray.prototype, 'slice', { configurable: true, writable: true,
    value: function slice(a, b) { return apply(arraySlice, this, b === undefined ? [a] : [a, b]) } })
  RealMath.random = function () { return random() }
  RealMath.randInt = function (n) { return RealMath.floor(random() * n) }
  RealMath.clip = function (x, a, b) { return RealMath.min(RealMath.max(x, a), b) }
  RealMath.wrap = function (x, n) { return ((x % n) + n) % n }
  define(G, 'global', { configurable: true, writable: true, value: G })
  function InternalError(message) { this.message = message; this.type = 'InternalError' }
  InternalError.prototype = RealObject.create(RealError.prototype)
  InternalError.prototype.constructor = InternalError
  InternalError.prototype.toString = function () { return 'InternalError: ' + this.message }
  define(G, 'InternalError', { configurable: true, writable: true, value: InternalError })

  function wrap(id) {
    return function () {
      var result = dispatch(id, arguments)
      if (result.thrown === undefined) return result.value
      throw result.internal ? new InternalError(result.thrown) : new RealError(result.thrown)
    }
  }
  function bytes(n) { return new RealUint8Array(n) }
  function object() { return {} }
  function array() { return [] }
  function describe(e) {
    if (e !== null && typeof e === 'object') return { text: String(e.stack || e.message || e) }
    return { text: String(e) }
  }
  // Called through script.runInContext, so that promise reactions run when this evaluation ends.
  function run() {
    var job = next(null)
    while (job !== null) {
      var failed = null
      try { apply(job.callback, job.self, job.arguments) } catch (e) { failed = describe(e) }
      job = next(failed)
    }
  }
  define(G, '\u0000run', { value: run })
  return { wrap: wrap, bytes: bytes, object: object, array: array, global: G }
})`
