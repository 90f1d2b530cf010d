import { httpDoorsContract } from './http-doors.contract.ts'
import { onEachServer } from './http-servers.ts'

onEachServer(httpDoorsContract)
