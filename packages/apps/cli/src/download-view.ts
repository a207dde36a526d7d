import type { PullProgress } from '@ashlar/local'
import { oneLine } from '@ashlar/command'
import { createStatusLines } from './status-lines.ts'
import { paint, type Terminal, widthOf } from './terminal.ts'

/** Shows a download: a bar that fills on a screen, a line every tenth in a pipe. */
export interface DownloadView {
  update(progress: PullProgress): void
  /** Takes the bar away. */
  end(): void
}

/** Bytes as a person reads them. */
export const describeSize = (bytes: number): string =>
  bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`

/** Tenths of the whole, or hundreds of megabytes where it is not known. */
const stepOf = ({ receivedBytes, totalBytes }: PullProgress): number =>
  Math.floor(totalBytes ? (receivedBytes / totalBytes) * 10 : receivedBytes / 1e8)

const describe = ({ receivedBytes, totalBytes }: PullProgress): string =>
  totalBytes
    ? `${Math.floor((receivedBytes / totalBytes) * 100)} % of ${describeSize(totalBytes)}`
    : describeSize(receivedBytes)

const barOf = ({ receivedBytes, totalBytes }: PullProgress, width: number): string => {
  const full = totalBytes ? Math.min(width, Math.round((receivedBytes / totalBytes) * width)) : 0
  return '█'.repeat(full) + '░'.repeat(width - full)
}

/** Shows the download of `name` on stderr. */
export const createDownloadView = ({ stdout, stderr }: Terminal, name: string): DownloadView => {
  const lines = createStatusLines({ stdout, stderr })
  const room = widthOf(stderr)
  let shown = ''
  lines.line(`Fetching ${oneLine(name, room - 10)}`)
  return {
    update(progress) {
      const text = describe(progress)
      const state = stderr.isTTY ? text : String(stepOf(progress))
      if (state === shown) return
      if (stderr.isTTY)
        lines.pass('step', `  ${paint(stderr, 'cyan', barOf(progress, Math.min(30, room - 40)))} ${text}`)
      else if (state !== '0') lines.line(`  ${text}`)
      shown = state
    },
    end: lines.flush,
  }
}
