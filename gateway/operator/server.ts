import { type FastifyReply, fastify } from 'fastify'
import { CodedError } from '#protocol/coded-error.ts'
import { PAGE_CSS, PAGE_JS } from './assets.ts'
import { pageHtml } from './html.ts'
import { LiveUpdates } from './live.ts'
import { metricsText } from './metrics.ts'
import { takePicture } from './picture.ts'
import type { Operator, OperatorSources } from './types.ts'

/** Nothing inline, nothing from elsewhere, nothing may frame it. */
const SECURITY_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
}
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i
const BODY_BYTES_MAXIMUM = 1_024

/**
 * Serves the operator's page: `/` and its live updates `/events`, `/api/nodes`, `/api/uplinks`, `/metrics`,
 * `/healthz`. It only reads. On loopback it answers only to a loopback name, so that a page of another site
 * cannot read it through a name of its own.
 *
 * @throws CodedError OPERATOR_LISTEN
 */
export async function startOperator(
  listen: { host: string; port: number },
  sources: OperatorSources,
): Promise<Operator> {
  const app = fastify({ bodyLimit: BODY_BYTES_MAXIMUM, forceCloseConnections: true })
  const live = new LiveUpdates(sources)
  const onLoopback = LOOPBACK.test(listen.host)
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS)
    const name = request.hostname.replace(/:\d+$/, '')
    if (onLoopback && !LOOPBACK.test(name))
      await reply.code(421).send({ error: 'this page answers to localhost only' })
  })
  app.get('/', async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(pageHtml(takePicture(sources))),
  )
  app.get('/page.css', async (_request, reply) => asset(reply, 'text/css', PAGE_CSS))
  app.get('/page.js', async (_request, reply) => asset(reply, 'text/javascript', PAGE_JS))
  app.get('/api/nodes', async () => {
    const { atUtcMilliseconds, nodes, links } = takePicture(sources)
    return { atUtcMilliseconds, nodes, links }
  })
  app.get('/api/uplinks', async () => {
    const { atUtcMilliseconds, uplinks, refused } = takePicture(sources)
    return { atUtcMilliseconds, uplinks, refused }
  })
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metricsText(takePicture(sources))
    return reply.type(contentType).send(text)
  })
  app.get('/healthz', async () => ({ status: 'ok', nodes: sources.observer.nodes().length }))
  app.get('/events', (request, reply) => {
    reply.hijack()
    const headers = { ...SECURITY_HEADERS, 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' }
    reply.raw.writeHead(200, headers)
    if (!live.add(reply.raw)) {
      sources.log.warn({ clients: live.clients, peer: request.ip }, 'too many live watchers')
      reply.raw.end('retry: 30000\n\n')
    }
  })
  if (!onLoopback)
    sources.log.warn(
      { host: listen.host },
      'the operator page is open beyond this machine and has no accounts yet',
    )
  try {
    const url = await app.listen({ host: listen.host, port: listen.port })
    return {
      url,
      close: async () => {
        live.close()
        await app.close()
      },
    }
  } catch (cause) {
    throw new CodedError('OPERATOR_LISTEN', `cannot listen: ${(cause as Error).message}`, {
      where: `${listen.host}:${listen.port}`,
      action: 'choose a free port in operator.port',
      cause,
    })
  }
}

const asset = (reply: FastifyReply, type: string, text: string): FastifyReply =>
  reply.type(`${type}; charset=utf-8`).send(text)
