/** One job after the other, in the order they were given. */
export function exclusively(): <T>(job: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return async (job) => {
    const mine = last.then(job);
    // A job that fails is its giver's business, not the next one's.
    last = mine.catch(() => {});
    return mine;
  };
}
