export { type CapturedIo, captureIo, type CaptureIoOptions } from './capture-io.ts'
