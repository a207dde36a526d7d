import { TextDecoder } from 'node:util'
import { showPath, WorkspaceError } from './workspace-error.ts'

/** Encodings that files are read in. */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

const encodingOf = (start: Uint8Array): TextEncoding => {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le'
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be'
  return 'utf-8'
}

/**
 * Turns the bytes of a file into text, chunk by chunk, however they are split: strict UTF-8, UTF-16 by its
 * byte order mark (left out of the text), or the encoding given.
 */
export class TextDecoding {
  readonly #path: string
  #decoder: TextDecoder | undefined
  #encoding: TextEncoding | undefined
  #held: Uint8Array = new Uint8Array()
  #started = false
  constructor(path: string, encoding?: TextEncoding) {
    this.#path = path
    this.#encoding = encoding
  }
  /** Known after the first two bytes. */
  get encoding(): TextEncoding {
    return this.#encoding ?? 'utf-8'
  }
  /** @throws WorkspaceError when the bytes are no text in this encoding */
  push(bytes: Uint8Array): string {
    if (this.#decoder) return this.#decode(this.#decoder, bytes, true)
    const start = this.#held.length > 0 ? Buffer.concat([this.#held, bytes]) : bytes
    if (start.length < 2) {
      this.#held = start.slice()
      return ''
    }
    return this.#decode(this.#start(start), start, true)
  }
  /** What is left; to be called once. @throws WorkspaceError when the last character is cut off */
  end(): string {
    if (this.#decoder) return this.#decode(this.#decoder, new Uint8Array(), false)
    return this.#decode(this.#start(this.#held), this.#held, false)
  }
  #start(start: Uint8Array): TextDecoder {
    this.#encoding ??= encodingOf(start)
    this.#decoder = new TextDecoder(this.#encoding, { fatal: true, ignoreBOM: true })
    return this.#decoder
  }
  #decode(decoder: TextDecoder, bytes: Uint8Array, stream: boolean): string {
    let text
    try {
      text = decoder.decode(bytes, { stream })
    } catch (error) {
      throw bytes.includes(0) ? this.#binary() : this.#undecodable(error)
    }
    if (text.includes('\0')) throw this.#binary()
    if (this.#started || text === '') return text
    // Left to the decoder, Node takes a second mark away too when the first comes in pieces.
    this.#started = true
    return text.startsWith('\ufeff') ? text.slice(1) : text
  }
  #binary(): WorkspaceError {
    return new WorkspaceError(
      `${showPath(this.#path)} is a binary file, not text. Do not read it with this tool.`,
      { code: 'binary', path: this.#path },
    )
  }
  #undecodable(cause: unknown): WorkspaceError {
    const path = showPath(this.#path)
    return new WorkspaceError(
      `${path} is not valid ${this.encoding}. If it is text in Latin-1 or Windows-1252, read it with encoding "windows-1252"; else it is binary.`,
      { code: 'encoding', path: this.#path },
      { cause },
    )
  }
}
