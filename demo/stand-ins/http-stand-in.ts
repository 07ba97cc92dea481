import { type FastifyInstance, fastify } from 'fastify'

export interface StandInOptions {
  /** Loopback unless told. */
  host?: string
  /** 0 (the default) takes a free port. */
  port?: number
  /** What time it is at the stand-in; the simulator gives its own clock. */
  clock?: { utcMilliseconds(): number }
  /** Waits, for `slow`; real time unless told. */
  wait?: (milliseconds: number) => Promise<void>
  /** Keeps what was received over a restart of the stand-in: one JSON object a line, appended and flushed. */
  file?: string
}

export const realWait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })

export interface OpenStandIn {
  url: string
  close(): Promise<void>
}

/** The bare HTTP server of a stand-in: raw bodies, long parameters, and a count of what is in flight. */
export function createApp(bodyBytesMaximum: number): { app: FastifyInstance; inFlight: () => number } {
  const app = fastify({
    bodyLimit: bodyBytesMaximum,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 1_024 },
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  let inFlight = 0
  app.addHook('onRequest', (_request, reply, done) => {
    inFlight += 1
    // 'close' comes for finished answers and for broken connections, once.
    reply.raw.once('close', () => {
      inFlight -= 1
    })
    done()
  })
  return { app, inFlight: () => inFlight }
}

/** Binds the app and gives its URL. */
export async function openApp(app: FastifyInstance, options: StandInOptions): Promise<OpenStandIn> {
  const url = await app.listen({ host: options.host ?? '127.0.0.1', port: options.port ?? 0 })
  return { url, close: () => app.close() }
}
