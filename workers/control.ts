import type { MessagePort } from 'node:worker_threads'
import { parentPort, workerData } from 'node:worker_threads'
import { runControlThread } from '../src/control/control-thread.ts'
import type { ControlWorkerData } from '../src/control/messages.ts'

await runControlThread(workerData as ControlWorkerData, parentPort as MessagePort)
