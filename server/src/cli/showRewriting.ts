import { showProgress } from "./showProgress.ts";

/** Shows a migration's rows. */
export function showRewriting(): (place: string, done: number, all: number) => void {
  const shown = new Map<string, (done: number, all: number) => void>();
  return (place, done, all) => {
    if (!shown.has(place)) shown.set(place, showProgress(`rows of ${place}`));
    shown.get(place)!(done, all);
  };
}
