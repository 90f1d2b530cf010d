import type { HttpServer } from './http-server.ts'
import { NODE_HTTP_SERVER } from './node-http-server.ts'

/**
 * The server behind the operator's doors, and why it is that one. uWebSockets.js fans out to many browsers at a tenth of
 * the cost, which these doors do not do; its builds need glibc 2.38, and it is no dependency of this package.
 */
export const HTTP_SERVER: HttpServer = NODE_HTTP_SERVER
export const HTTP_SERVER_WHY = 'uWebSockets.js is not installed; its builds need glibc 2.38'
