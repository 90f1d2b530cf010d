#!/usr/bin/env node
import { dispatch } from './cli/dispatch.ts'
import { leave } from './cli/leave.ts'
import { flushOutput, ignoreClosedOutput } from './cli/output.ts'

ignoreClosedOutput()
const exitCode = await dispatch(process.argv.slice(2))
await flushOutput()
leave(exitCode)
