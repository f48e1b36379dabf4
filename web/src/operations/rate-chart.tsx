import type { Operations } from "../api/types";

const HEIGHT = 32;

/** A bar for each minute; the text beside it has the same numbers. */
export function RateChart({ rate, now }: { rate: Operations["rate"]; now: string }) {
  const last = Math.floor(Date.parse(now) / 60_000);
  const most = Math.max(1, ...rate.counts.map((count) => count.orders));
  return (
    <svg
      class="rate"
      viewBox={`0 0 ${rate.minutes} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {rate.counts.map(({ at, orders }) => {
        const height = (orders / most) * HEIGHT;
        const ago = last - Math.floor(Date.parse(at) / 60_000);
        return (
          <rect
            key={at}
            x={rate.minutes - 1 - ago + 0.1}
            y={HEIGHT - height}
            width={0.8}
            height={height}
          />
        );
      })}
    </svg>
  );
}
