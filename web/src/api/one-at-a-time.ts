/** Has the work done once at a time: asked for meanwhile, it is done once more afterwards. */
export function oneAtATime(work: () => Promise<void>): () => void {
  let busy = false;
  let onceMore = false;
  const run = async () => {
    busy = true;
    await work();
    busy = false;
    if (onceMore) {
      onceMore = false;
      run();
    }
  };
  return () => {
    if (busy) {
      onceMore = true;
    } else {
      run();
    }
  };
}
