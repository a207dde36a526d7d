import { InvalidArgument, type ModelRequest, type ToolSpec } from '@ashlar/core'

/** The tools a model may call under `toolChoice`. @throws InvalidArgument when it names a tool there is not */
export const offeredTools = ({ tools = [], toolChoice = 'auto' }: ModelRequest): readonly ToolSpec[] => {
  if (toolChoice === 'none') return []
  if (typeof toolChoice === 'string') return tools
  const named = tools.filter(({ name }) => name === toolChoice.tool)
  if (named.length === 0) throw new InvalidArgument('toolChoice', 'a tool of the request', toolChoice.tool)
  return named
}
