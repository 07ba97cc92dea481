/** Waits in turns of the event loop until `holds`, at most `milliseconds` of real time. */
export async function until(holds: () => boolean, what: string, milliseconds = 20_000): Promise<void> {
  const end = performance.now() + milliseconds
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not in ${milliseconds} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
