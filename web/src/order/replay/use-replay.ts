import { useEffect, useState } from "preact/hooks";

/** Seconds for each event. */
export const PACES = { Slow: 2, Normal: 1, Fast: 0.3 } as const;

export type Pace = keyof typeof PACES;

export interface Replay {
  /** How many events have happened; null while nothing is replayed. */
  step: number | null;
  total: number;
  /** 1 while it plays, -1 while it plays backwards, 0 while it stands still. */
  direction: Direction;
  pace: Pace;
  setPace: (pace: Pace) => void;
  /** Shows the order after so many events, and stands still. */
  goTo: (step: number) => void;
  /** Plays on from where it is, or from the other end if it is at the last event. */
  play: (direction: Direction) => void;
  /** Shows the order as it is. */
  end: () => void;
}

type Direction = -1 | 0 | 1;

/** Plays the `total` events of a finished order again. */
export function useReplay(total: number): Replay {
  const [step, setStep] = useState<number | null>(null);
  const [direction, setDirection] = useState<Direction>(0);
  const [pace, setPace] = useState<Pace>("Slow");
  const goTo = (next: number) => {
    setDirection(0);
    setStep(Math.min(Math.max(next, 0), total));
  };
  const play = (wanted: Direction) => {
    setDirection(wanted);
    setStep((at) => {
      const last = wanted > 0 ? total : 0;
      return wanted !== 0 && (at === null || at === last) ? total - last : at;
    });
  };
  const end = () => {
    setDirection(0);
    setStep(null);
  };
  const isOver = step !== null && direction !== 0 && step === (direction > 0 ? total : 0);
  useEffect(() => {
    if (direction === 0) {
      return;
    }
    if (isOver) {
      setDirection(0);
      return;
    }
    const move = () => setStep((at) => (at === null ? null : at + direction));
    const timer = setTimeout(move, PACES[pace] * 1000);
    return () => clearTimeout(timer);
  }, [direction, step, pace, isOver]);
  return { step, total, direction, pace, setPace, goTo, play, end };
}
