/** Ids that count: `run_1`, `run_2`, … Pass the function wherever a generator of ids is taken. */
export const sequentialIds = (prefix = 'id'): (() => string) => {
  let last = 0
  return () => `${prefix}_${++last}`
}
