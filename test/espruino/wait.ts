/** Polls of a condition on real time: the interpreter is another process and has no other clock. */
const POLL_MILLISECONDS = 5

/** Resolves when `condition` gives true; throws with `what` after `milliseconds` of real time. */
export async function waitFor(
  what: () => string,
  condition: () => boolean,
  milliseconds: number,
): Promise<void> {
  const end = performance.now() + milliseconds
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${milliseconds} ms: ${what()}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS))
  }
}
