/** Serializes the work: requests during a run result in exactly one more run afterwards. */
export function oneAtATime(work: () => Promise<void>): () => void {
  let isRunning = false;
  let isRequested = false;
  const run = async () => {
    isRunning = true;
    await work();
    isRunning = false;
    if (isRequested) {
      isRequested = false;
      run();
    }
  };
  return () => {
    if (isRunning) {
      isRequested = true;
    } else {
      run();
    }
  };
}
