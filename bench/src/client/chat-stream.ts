/** Server-sent events read by hand: decode, split at blank lines, parse. */
export const readChatStream = async (
  body: AsyncIterable<Uint8Array>,
  onText: (text: string) => void,
): Promise<void> => {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true })
    let start = 0
    for (let end = rest.indexOf('\n\n'); end >= 0; start = end + 2, end = rest.indexOf('\n\n', start)) {
      const data = rest.slice(start + 6, end)
      if (data === '[DONE]') continue
      const text = JSON.parse(data).choices[0]?.delta.content
      if (text) onText(text)
    }
    rest = rest.slice(start)
  }
}
