import { NODE_HTTP_SERVER } from '../../src/control/node-http-server.ts'
import { httpServerContract } from './http-server.contract.ts'

httpServerContract(NODE_HTTP_SERVER)
