import { LogSink, type LogSinkOptions } from '../src/ops/log-sink.ts'

/** Entry of the log worker: pino hands it the options and writes lines to what it returns. */
export default function logWorker(options: LogSinkOptions): LogSink {
  return new LogSink(options)
}
