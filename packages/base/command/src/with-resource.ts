/**
 * Does work with something that is disposed of however the work ends: what `await using` does, which Node 22 cannot
 * read.
 */
export const withResource = async <R extends AsyncDisposable | undefined, T>(
  resource: R,
  work: (resource: R) => Promise<T>,
): Promise<T> => {
  try {
    return await work(resource)
  } finally {
    await resource?.[Symbol.asyncDispose]()
  }
}
