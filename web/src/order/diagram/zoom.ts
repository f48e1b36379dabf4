/** The sizes of a diagram; 1 is as wide as its frame. */
const ZOOMS: readonly number[] = [0.2, 0.5, 0.75, 1, 1.25, 1.5, 2, 3];

/** The next larger size; the same if there is none. */
export function larger(zoom: number): number {
  return ZOOMS.find((one) => one > zoom) ?? zoom;
}

/** The next smaller size; the same if there is none. */
export function smaller(zoom: number): number {
  return [...ZOOMS].reverse().find((one) => one < zoom) ?? zoom;
}
