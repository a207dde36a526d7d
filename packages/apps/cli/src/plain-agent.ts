import { createAgent } from '@ashlar/core'
import { workspaceTools } from '@ashlar/workspace'
import { CommandError } from './exit-code.ts'
import type { LoadedAgent } from './load-agent.ts'

/**
 * An agent without a file, by the name `ashlar`: the model, and tools of `@ashlar/workspace` on the folder, by their names.
 * @throws CommandError naming the tools there are
 */
export const plainAgent = (names: readonly string[], { cwd }: { readonly cwd: string }): LoadedAgent => {
  const there = Object.entries(workspaceTools({ root: cwd, exec: {} }))
  const known = there.map(([name]) => name)
  for (const name of names)
    if (!known.includes(name))
      throw new CommandError('usage', `--tools: there is no tool "${name}", but ${known.join(', ')}`)
  const tools = Object.fromEntries(there.filter(([name]) => names.includes(name)))
  return {
    create: ({ model, plugins, limits }) => createAgent({ name: 'ashlar', model, tools, plugins, limits }),
    section: 'ashlar',
  }
}
