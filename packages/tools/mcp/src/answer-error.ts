/** Error codes of ours, in the range that JSON-RPC leaves to implementations, for answers that did not arrive. */
export const answerError = { tooLarge: -32_099, lost: -32_098 } as const

interface RpcError {
  readonly code: number
  readonly message: string
}

/** In place of an answer that is too long. */
export const tooLarge = (maxBytes: number): RpcError => ({
  code: answerError.tooLarge,
  message: `the answer has more than ${Math.ceil(maxBytes / 1024 / 1024)} MiB; ask for less`,
})

/** In place of an answer whose stream broke off. */
export const lost: RpcError = {
  code: answerError.lost,
  message: 'the connection ended before the answer came',
}
