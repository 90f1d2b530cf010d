import { httpLimitsContract } from './http-limits.contract.ts'
import { httpServerContract } from './http-server.contract.ts'
import { onEachServer } from './http-servers.ts'

onEachServer((under) => {
  httpServerContract(under.server)
  httpLimitsContract(under)
})
