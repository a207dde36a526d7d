import type { ServerResponse } from 'node:http'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { WireFault, WirePace } from './wire-answer.ts'

type Stop = Extract<WireFault, { stop: unknown }>

/** Milliseconds between the last byte and a close or a reset. */
const lingerMs = 5

export interface SendOptions {
  readonly pace: WirePace
  readonly stop?: Stop | undefined
  /** Waits between two writes. @throws when the client has left */
  readonly pause: (milliseconds: number) => Promise<void>
  /** Told of every write, with its length in bytes. */
  readonly onBytes: (bytes: number) => void
}

/** The bytes of the frames up to where the answer stops. */
const bytesUntil = (frames: readonly string[], stop: Stop | undefined): Buffer[] => {
  if (stop === undefined) return frames.map((frame) => Buffer.from(frame))
  if (stop.at === 'request' || stop.at === 'headers') return []
  if (typeof stop.at === 'object') return frames.slice(0, stop.at.frames).map((frame) => Buffer.from(frame))
  const kept: Buffer[] = []
  let left = stop.at
  for (const frame of frames) {
    const bytes = Buffer.from(frame).subarray(0, left)
    if (bytes.length > 0) kept.push(bytes)
    left -= bytes.length
  }
  return kept
}

/** Cuts or joins frames into writes; joined the writes are the frames. */
export const toWrites = (frames: readonly Buffer[], pace: WirePace): Buffer[] => {
  const writes: Buffer[] = []
  if (pace.bytes !== undefined) {
    const all = Buffer.concat(frames)
    const sizes = [pace.bytes].flat()
    for (let start = 0; start < all.length;) {
      const size = sizes[Math.min(writes.length, sizes.length - 1)] ?? all.length
      writes.push(all.subarray(start, start + size))
      start += size
    }
    return writes
  }
  const size = Math.min(pace.frames ?? 1, Math.max(1, frames.length))
  for (let start = 0; start < frames.length; start += size)
    writes.push(Buffer.concat(frames.slice(start, start + size)))
  return writes
}

/** Ends an answer the way the script says. A hanging answer stays open until either side closes the socket. */
const stopAnswer = (response: ServerResponse, how: Stop['stop']): void => {
  if (how === 'end') response.end()
  if (how === 'close') response.destroy()
  if (how === 'reset') response.socket?.resetAndDestroy()
}

/** Writes the body of an answer whose status and headers are set. Returns early when the client leaves. */
export const sendBody = async (
  response: ServerResponse,
  frames: readonly string[],
  { pace, stop, pause, onBytes }: SendOptions,
): Promise<void> => {
  if (stop?.at === 'request') return stopAnswer(response, stop.stop)
  response.flushHeaders()
  response.socket?.setNoDelay(true)
  // The headers travel on their own, so that a client has seen them before the first byte or the fault.
  if (stop) await nextTurn()
  let first = true
  for (const bytes of toWrites(bytesUntil(frames, stop), pace)) {
    if (!first) await (pace.everyMs ? pause(pace.everyMs) : nextTurn())
    if (response.destroyed) return
    first = false
    await new Promise<void>((resolve) => response.write(bytes, () => resolve()))
    onBytes(bytes.length)
  }
  if (!stop) response.end()
  else {
    // Clients drop what they have not read yet when the socket closes under them.
    await sleep(lingerMs)
    stopAnswer(response, stop.stop)
  }
}
