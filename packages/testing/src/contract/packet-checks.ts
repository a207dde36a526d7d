import assert from 'node:assert/strict'
import type { WireDialect } from '../wire/index.ts'
import { type Check, hello, merged, read } from './bench.ts'

const text = 'Grüezi, wörld 🌍: it is a fine day.'

const packets: Check[] = [
  [
    'gives the same events however the bytes are cut into packets',
    async ({ server, model }) => {
      const answer = {
        reasoning: 'ðêñk 🤔',
        text,
        toolCalls: [{ name: 'add', input: { note: 'ß🌍\n' }, callId: 'call_1' }],
        deltaSize: 5,
        id: 'id_1',
        requestId: 'req_1',
        signature: 'sig_1',
      }
      server.enqueue({ ...answer, pace: { frames: Number.POSITIVE_INFINITY } })
      const expected = merged(await read(model.stream(hello)))
      await server.until(({ activeRequests }) => activeRequests === 0)
      const length = server.requests[0]?.bytesSent ?? 0
      // Every byte on its own is every cut at once; two packets with a cut at many places leave long rests.
      const cuts: (number | number[])[] = [1, 2, 3, 7, 64, 1000]
      for (let cut = 1; cut < length; cut += Math.ceil(length / 60)) cuts.push([cut, length])
      for (const bytes of cuts) {
        server.enqueue({ ...answer, pace: { bytes } })
        assert.deepEqual(merged(await read(model.stream(hello))), expected, `packets of ${bytes} bytes`)
      }
    },
  ],
]

const sse: Check = [
  'reads server-sent events as the standard allows them to be written',
  async ({ server, model }) => {
    const answer = { text, deltaSize: 5, id: 'id_1', requestId: 'req_1' }
    const variants: ((frames: readonly string[]) => string[])[] = [
      (frames) => frames.map((frame) => frame.replaceAll('\n', '\r\n')),
      (frames) => frames.flatMap((frame) => [': keep-alive\n\n', frame]),
      (frames) => frames.map((frame) => frame.replaceAll(/^(\w+): /gm, '$1:')),
      (frames) => frames.map((frame) => `id: 1\nretry: 10\n${frame}`),
    ]
    server.enqueue(answer)
    const expected = merged(await read(model.stream(hello)))
    for (const rewrite of variants) {
      server.enqueue({ ...answer, rewrite })
      assert.deepEqual(merged(await read(model.stream(hello))), expected, String(rewrite))
    }
  },
]

/** What a model makes of the bytes of an answer, however they arrive. */
export const packetChecks = (dialect: WireDialect): Check[] =>
  dialect === 'ollama' ? packets : [...packets, sse]
