import { PluginError } from './errors.ts'
import { once } from './once.ts'
import type { Plugin } from './plugin.ts'
import type { Seams, SetupOptions } from './seams.ts'

/** No plugins: every seam is what it wraps. */
export const bareSeams: Seams = {
  run: (input, next) => next(input),
  model: (call, next) => next(call),
  tool: (call, next) => next(call),
  stopWhen: async () => false,
}

const blame: SetupOptions['blame'] = (plugin, hook, error) =>
  PluginError.isInstance(error) ? error : new PluginError(plugin, hook, error)

/** The seams of each run of one agent; what folds plugins is loaded with the first run, if there are any. */
export const seamsLoader = (
  plugins: readonly Plugin[],
): ((options: Omit<SetupOptions, 'blame'>) => Seams | Promise<Seams>) => {
  if (plugins.length === 0) return () => bareSeams
  const load = once(() => import('./seams.ts'))
  return async (options) => (await load()).setUp(plugins, { ...options, blame })
}
