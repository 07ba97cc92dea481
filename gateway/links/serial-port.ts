import { SerialPort } from 'serialport'
import type { SerialOpener } from './types.ts'

/**
 * Opens a real port (or pty) by its path with node-serialport: raw, 8N1. Ports are never listed:
 * `SerialPort.list()` needs udevadm, which a bare machine lacks.
 */
export const openSerialPort: SerialOpener = (path, baud, handlers) =>
  new Promise((resolve, reject) => {
    const port = new SerialPort({ path, baudRate: baud, autoOpen: false })
    let open = false
    let told = false
    const gone = (reason: string) => {
      if (!open || told) return
      told = true
      handlers.closed(reason)
    }
    port.on('data', (bytes: Uint8Array) => handlers.bytes(bytes))
    port.on('error', (error: Error) => gone(error.message))
    port.on('close', (error: Error | null) => gone(error?.message ?? 'the port was closed'))
    port.open((error) => {
      if (error) {
        reject(error)
        return
      }
      open = true
      resolve({
        write: (bytes, done) => void port.write(bytes, () => done()),
        close: () => {
          told = true
          return new Promise((finished) => {
            if (port.isOpen) port.close(() => finished())
            else finished()
          })
        },
      })
    })
  })
