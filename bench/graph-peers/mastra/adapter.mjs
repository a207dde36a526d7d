import { createStep, createWorkflow } from '@mastra/core/workflows'
import { z } from 'zod'

/** Its workflows have steps at once, one level after the other; each step reads what it depends on from the level before. */
export const run = async (tasks, work) => {
  const levels = Map.groupBy(tasks, ({ level }) => level)
  let workflow = createWorkflow({ id: 'graph', inputSchema: z.any(), outputSchema: z.any() })
  for (const level of levels.values())
    workflow = workflow.parallel(
      level.map(({ id, dependsOn }) =>
        createStep({
          id,
          inputSchema: z.any(),
          outputSchema: z.any(),
          execute: async ({ inputData }) => ({
            value: await work(dependsOn.map((from) => inputData[from].value)),
          }),
        }),
      ),
    )
  const running = await workflow.commit().createRun()
  const { status, result } = await running.start({ inputData: {} })
  if (status !== 'success') throw new Error(`the workflow ended as ${status}`)
  return Object.values(result).at(-1).value
}
