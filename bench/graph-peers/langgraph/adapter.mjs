import { Annotation, StateGraph } from '@langchain/langgraph'

/** Every task is a node; results are merged into one state, in super-steps. */
export const run = async (tasks, work) => {
  const State = Annotation.Root({
    values: Annotation({ reducer: (a, b) => ({ ...a, ...b }), default: () => ({}) }),
  })
  const graph = new StateGraph(State)
  for (const { id, dependsOn } of tasks)
    graph.addNode(id, async ({ values }) => ({
      values: { [id]: await work(dependsOn.map((from) => values[from])) },
    }))
  for (const { id, dependsOn } of tasks) {
    if (dependsOn.length === 0) graph.addEdge('__start__', id)
    else graph.addEdge(dependsOn, id)
  }
  const last = tasks.at(-1).id
  graph.addEdge(last, '__end__')
  const { values } = await graph.compile().invoke({ values: {} }, { recursionLimit: tasks.length + 10 })
  return values[last]
}
