import PQueue from 'p-queue'

/** Every task waits for the promises of what it depends on, then for its turn. */
export const run = async (tasks, work, concurrency) => {
  const queue = new PQueue({ concurrency })
  const done = new Map()
  for (const { id, dependsOn } of tasks)
    done.set(
      id,
      Promise.all(dependsOn.map((from) => done.get(from))).then((inputs) => queue.add(() => work(inputs))),
    )
  const results = await Promise.all(done.values())
  return results.at(-1)
}
