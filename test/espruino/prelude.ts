/** What the prelude puts in place of the board's hardware. */
export interface PreludeOptions {
  /** Character devices by UART, e.g. `{ Serial1: '/dev/pts/3' }`. Others are left without a device. */
  serialPaths: Record<string, string>
  /** Text of `wp.cfg`. */
  config: string
  /** The board's own flash that `require("Flash")` offers: empty pages (0xFF) from `address`. */
  flash: { address: number; pageBytes: number; pages: number }
  /** JavaScript of the interpreter run after the stubs and before the firmware. */
  extra?: string
}

/**
 * A program for the Linux build of the interpreter that makes it look like a board: UARTs on character
 * devices, a console that stays, and quiet buses instead of the Linux ones, which return garbage.
 * Runs before the bundle.
 */
export function preludeFor(options: PreludeOptions): string {
  const { address, pageBytes, pages } = options.flash
  return `
require("Storage").write("wp.cfg", ${JSON.stringify(options.config)});
(function () {
  var paths = ${JSON.stringify(options.serialPaths)};
  [["Serial1", Serial1], ["Serial2", Serial2], ["Serial3", Serial3]].forEach(function (entry) {
    var port = entry[1], path = paths[entry[0]], setup = port.setup;
    port.setup = function (baud) {
      if (path !== undefined) setup.call(port, baud, { path: path });
    };
    port.setConsole = function () {};
  });
  E.setConsole = function () {};
  E.enableWatchdog = function () {};
  E.kickWatchdog = function () {};
  E.reboot = function () { print("WAYPOST-REBOOT"); };
  E.getAnalogVRef = function () { return 3.3; };
  I2C1.setup = function () {};
  I2C1.writeTo = function () { throw new Error("I2C got NACK"); };
  I2C1.readFrom = function () { throw new Error("I2C got NACK"); };
})();
var setWatch = function () { return 1; };
var clearWatch = function () {};
var digitalRead = function () { return 0; };
var digitalWrite = function () {};
var pinMode = function () {};
var analogRead = function () { return 0.5; };
var Pin = function (name) { this.name = name; };
Pin.prototype.mode = function () {};
Pin.prototype.read = function () { return false; };
Pin.prototype.write = function () {};
var OneWire = function () {};
OneWire.prototype.reset = function () { return false; };
OneWire.prototype.search = function () { return []; };
OneWire.prototype.skip = function () {};
OneWire.prototype.select = function () {};
OneWire.prototype.write = function () {};
OneWire.prototype.read = function (count) { return new Uint8Array(count).fill(255); };
Modules.addCached("Flash", function () {
  // Only what was written is kept: the interpreter's variables are the board's memory.
  var base = ${address}, page = ${pageBytes}, end = ${address + pageBytes * pages}, written = {};
  exports.getPage = function (at) {
    if (at < base || at >= end) return undefined;
    return { addr: base + Math.floor((at - base) / page) * page, length: page };
  };
  exports.read = function (count, at) {
    var out = new Uint8Array(count).fill(255);
    for (var key in written) {
      var offset = key - at;
      if (offset >= 0 && offset < count) out[offset] = written[key];
    }
    return out;
  };
  exports.write = function (data, at) {
    for (var i = 0; i < data.length; i++) {
      var old = written[at + i];
      written[at + i] = (old === undefined ? 255 : old) & data[i];
    }
  };
  exports.erasePage = function (at) {
    var from = base + Math.floor((at - base) / page) * page;
    Object.keys(written).forEach(function (key) {
      if (key >= from && key < from + page) delete written[key];
    });
  };
});
// This build ends when no timer is left.
setInterval(function () {}, 1000);
${options.extra ?? ''}
`
}
