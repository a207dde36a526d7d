// Speed, load time and memory of an encoding: node --expose-gc packages/models/tokens/bench/speed.ts [encoding] [text file]
// Prints MB/s of UTF-8 for 1 MB texts, first pass and best of nine, and how many times as long as English a byte takes.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { longTexts } from '../fixtures/long-texts.ts'
import type { EncodingName } from '../src/encoding.ts'
import { isEncodingName } from '../src/load-encoding.ts'

const [name = 'o200k_base', file] = process.argv.slice(2)
if (!isEncodingName(name)) throw new Error(`No encoding ${name}`)

const megabytes = (): number => {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 1e6
}

const load = async (encoding: EncodingName) => {
  const { loadEncoding } = await import('../src/load-encoding.ts')
  const before = megabytes()
  const start = performance.now()
  const loaded = await loadEncoding(encoding)
  const ms = performance.now() - start
  console.log(`${encoding}: loaded in ${ms.toFixed(0)} ms, ${(megabytes() - before).toFixed(1)} MB kept`)
  return loaded
}

/** A megabyte of English: the file given, or the documentation of the installed packages. */
const english = (): string => {
  if (file !== undefined && existsSync(file)) return readFileSync(file, 'utf8')
  let text = ''
  for (const path of globSync('node_modules/.pnpm/*/node_modules/**/{README,CHANGELOG}.md')) {
    if (text.length > 1e6) break
    text += readFileSync(path, 'utf8')
  }
  return text
}

const aMegabyte = (text: string): string => {
  const bytes = Buffer.from(text.repeat(Math.ceil(1e6 / Math.max(1, Buffer.byteLength(text)))))
  return bytes.subarray(0, 1e6).toString('utf8')
}

const { count } = await load(name)
let englishSpeed: number | undefined
const texts = { English: english(), ...longTexts(1e6) }
for (const [title, text] of Object.entries(texts)) {
  const sample = aMegabyte(text)
  const size = Buffer.byteLength(sample) / 1e3
  let tokens = 0
  const speeds = Array.from({ length: 9 }, () => {
    const start = performance.now()
    tokens = count(sample)
    return size / (performance.now() - start)
  })
  const [first = 0] = speeds
  const best = Math.max(...speeds)
  englishSpeed ??= best
  const columns = [
    title.padEnd(28),
    String(tokens).padStart(8),
    first.toFixed(1),
    best.toFixed(1),
    `${(englishSpeed / best).toFixed(2)} ×`,
  ]
  console.log(columns.map((column) => column.padStart(8)).join(' '))
}
